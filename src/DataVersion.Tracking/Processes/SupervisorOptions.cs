namespace DataVersion.Tracking.Processes;

/// <summary>How a child is watched over.</summary>
/// <param name="Clock">Measures the grace.</param>
public sealed record SupervisorOptions(TimeProvider Clock)
{
    /// <summary>How long a child may take to end after the first SIGTERM or SIGINT (<c>DV_GRACE</c>, in seconds).</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long what a child leaves behind may take to end after SIGTERM, before it is killed.</summary>
    public TimeSpan LeftoverPatience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Called once, with the first SIGTERM or SIGINT, after the child was sent it, on a thread of the pool; say to save checkpoints. Its token is cancelled when the
    /// child is killed. <see cref="ChildSupervisor.RunAsync"/> waits for it; what it throws comes back in <see cref="SupervisedExit.StoppingError"/>.
    /// </summary>
    public Func<ForwardedSignal, CancellationToken, Task>? OnStopping { get; init; }

    /// <summary>Called with the child's process id when it runs.</summary>
    public Action<int>? OnStarted { get; init; }

    /// <summary>True in the process with id 1, to which all orphans come and which must reap them.</summary>
    public bool IsInit { get; init; } = Environment.ProcessId == 1;
}

/// <summary>What became of a child.</summary>
/// <param name="Start">Whether it could be started.</param>
/// <param name="Exit">How it ended; with the code of a shell, 127 or 126, where it could not be started.</param>
/// <param name="StoppedBy">The first SIGTERM or SIGINT that came while it ran.</param>
/// <param name="Killed">True where the grace ended, or a second signal came, and the child was killed.</param>
/// <param name="Problem">Why it could not be started, in one line; else null.</param>
/// <param name="StoppingError">What <see cref="SupervisorOptions.OnStopping"/> threw; else null.</param>
public sealed record SupervisedExit(
    StartOutcome Start, ChildExit Exit, ForwardedSignal? StoppedBy, bool Killed, string? Problem, Exception? StoppingError);
