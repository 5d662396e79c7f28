namespace DataVersion.Tracking.Processes;

/// <summary>Whether a command could be started, and why not, in the two kinds that shells tell apart.</summary>
public enum StartOutcome
{
    /// <summary>The child ran.</summary>
    Started,

    /// <summary>There is no such command (a shell's exit code is 127).</summary>
    NotFound,

    /// <summary>It is there and cannot be run: a folder, no permission, no program for this machine (a shell's exit code is 126).</summary>
    NotExecutable,
}

/// <summary>A command that could not be started.</summary>
/// <param name="Outcome">The kind; never <see cref="StartOutcome.Started"/>.</param>
/// <param name="Problem">What is wrong, in one line that names the command.</param>
internal sealed record ChildNotStarted(StartOutcome Outcome, string Problem)
{
    public ChildExit Exit => new(Outcome == StartOutcome.NotFound ? ChildExit.NotFoundCode : ChildExit.NotExecutableCode, null);
}
