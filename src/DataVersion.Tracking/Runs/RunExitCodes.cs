namespace DataVersion.Tracking.Runs;

/// <summary>
/// The exit codes of <c>dv run</c> (docs/runs.md): those of its own stages are sysexits(3) numbers from 64 to 78, so that a cluster's failure rules can
/// tell what a retry would mend. The trainer's own code is passed on unchanged.
/// </summary>
public static class RunExitCodes
{
    /// <summary>The trainer, and all that follows it, ended well.</summary>
    public const int Done = 0;

    /// <summary>Wrong usage.</summary>
    public const int Usage = 2;

    /// <summary>Bytes have another hash than the pin says.</summary>
    public const int Corrupt = 65;

    /// <summary>Data, or a named output, are missing.</summary>
    public const int Missing = 66;

    /// <summary>A remote cannot be reached, after all retries.</summary>
    public const int Unavailable = 69;

    /// <summary>An unexpected error of dv's own.</summary>
    public const int Unexpected = 70;

    /// <summary>No usable GPU, and one was required.</summary>
    public const int NoGpu = 72;

    /// <summary>No space, or no permission to write.</summary>
    public const int CannotWrite = 73;

    /// <summary>Another process held a lock for too long: try again.</summary>
    public const int Temporary = 75;

    /// <summary>A remote refuses the credentials.</summary>
    public const int Denied = 77;

    /// <summary>Configuration, or the pin: missing, ambiguous, dirty.</summary>
    public const int Config = 78;

    /// <summary>The trainer's file cannot be executed.</summary>
    public const int NotExecutable = 126;

    /// <summary>There is no such command.</summary>
    public const int NotFound = 127;

    /// <summary>All of them, with what they mean.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Done, "the trainer ended well, and its outputs are recorded"),
        (Usage, "wrong usage"),
        (Corrupt, "data have another hash than the pin says; the trainer was not started"),
        (Missing, "data are missing on the remote, or a named output was not made"),
        (Unavailable, "a remote (or MLflow, if required) cannot be reached after retries"),
        (Unexpected, "an unexpected error"),
        (NoGpu, "no usable GPU, and one was required"),
        (CannotWrite, "no space, or no permission to write"),
        (Temporary, "another process held a lock for too long: a retry may help"),
        (Denied, "a remote refuses the credentials"),
        (Config, "configuration or pin: missing, ambiguous, dirty"),
        (NotExecutable, "the command cannot be executed"),
        (NotFound, "there is no such command"),
        (130, "interrupted (Ctrl-C) before the trainer started, or with it"),
        (143, "terminated (SIGTERM) before the trainer started, or with it"),
    ];

    /// <summary>The code of an error in a stage of our own.</summary>
    /// <param name="error">The error.</param>
    /// <param name="stage">Where it came.</param>
    public static int Of(Exception error, string stage) => error switch
    {
        RunFailedException e => e.ExitCode,
        RemoteException { IsDenied: true } or Mlflow.MlflowException { IsDenied: true } => Denied,
        DataVersionException e => e.Kind switch
        {
            ErrorKind.Corrupt => Corrupt,
            ErrorKind.Missing => Missing,
            ErrorKind.Remote => Unavailable,
            ErrorKind.FileSystem => CannotWrite,
            ErrorKind.Locked => Temporary,
            ErrorKind.Usage when stage == RunStages.Config => Usage,
            ErrorKind.Usage or ErrorKind.NoRepository or ErrorKind.Incomplete => Config,
            _ => Unexpected,
        },
        IOException or UnauthorizedAccessException => CannotWrite,
        _ => Unexpected,
    };

    /// <summary>The gravest of several: what no retry mends comes first.</summary>
    internal static int Gravest(IEnumerable<int> codes)
    {
        HashSet<int> all = [.. codes];
        return ((int[])[Corrupt, Missing, Config, Denied, CannotWrite, Unavailable, Temporary]).FirstOrDefault(all.Contains, Unexpected);
    }
}

/// <summary>A stage of a run failed for a reason that has an exit code of its own.</summary>
public sealed class RunFailedException(int exitCode, string message, string? hint = null, Exception? inner = null)
    : DataVersionException(ErrorKind.Incomplete, message, hint, inner)
{
    /// <summary>What <c>dv run</c> ends with.</summary>
    public int ExitCode { get; } = exitCode;
}
