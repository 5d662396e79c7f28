namespace DataVersion.Tracking.Records;

/// <summary>How a run stands.</summary>
public enum RunState
{
    /// <summary>Under way, and heard of lately.</summary>
    Running,

    /// <summary>Said to be under way, but not heard of for too long: its machine is gone.</summary>
    Lost,

    /// <summary>Ended well.</summary>
    Complete,

    /// <summary>Failed.</summary>
    Failed,

    /// <summary>Stopped by a signal.</summary>
    Killed,
}

/// <summary>Reads a run's state from its record.</summary>
public static class RunStates
{
    /// <summary>The stage of a run that is under way.</summary>
    public const string Running = "running";

    /// <summary>The stage of a run that ended well.</summary>
    public const string Complete = "complete";

    /// <summary>The stage of a run that a signal stopped.</summary>
    public const string Killed = "killed";

    /// <summary>What the stage of a run that failed starts with; the stage follows.</summary>
    public const string FailedPrefix = "failed:";

    /// <summary>How often a run says that it is alive.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromMinutes(1);

    /// <summary>A running record that is older than this is lost: three heartbeats were missed.</summary>
    public static readonly TimeSpan LostAfter = 3 * Heartbeat + TimeSpan.FromSeconds(30);

    /// <summary>The state as seen at a time.</summary>
    public static RunState Of(RunRecord record, DateTimeOffset now) => record.Stage switch
    {
        Complete => RunState.Complete,
        Killed => RunState.Killed,
        Running => now - (record.RefreshedOn ?? record.StartedOn) > LostAfter ? RunState.Lost : RunState.Running,
        _ => RunState.Failed,
    };

    /// <summary>The word that is shown for it.</summary>
    public static string Word(RunState state) => state switch
    {
        RunState.Running => "running",
        RunState.Lost => "lost",
        RunState.Complete => "complete",
        RunState.Killed => "killed",
        _ => "failed",
    };
}
