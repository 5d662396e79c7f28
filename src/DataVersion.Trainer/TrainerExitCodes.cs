using DataVersion.Tracking.Runs;

namespace DataVersion.Trainer;

/// <summary>The exit codes of <c>dv-train</c>, which agree with those of <c>dv run</c>.</summary>
internal static class TrainerExitCodes
{
    /// <summary>The training failed: the loss is no number any more.</summary>
    internal const int Failed = 1;

    /// <summary>SIGINT; the state was kept.</summary>
    internal const int Interrupted = 130;

    /// <summary>SIGTERM; the state was kept.</summary>
    internal const int Terminated = 143;

    internal static int Of(Exception error) => error switch
    {
        RunFailedException e => e.ExitCode,
        Training.TrainingFailedException => Failed,
        InvalidFormatException or InvalidDataException => RunExitCodes.Corrupt,
        DataVersionException { Kind: ErrorKind.Usage } => RunExitCodes.Usage,
        DataVersionException { Kind: ErrorKind.Missing } => RunExitCodes.Missing,
        DataVersionException { Kind: ErrorKind.Corrupt } => RunExitCodes.Corrupt,
        DataVersionException { Kind: ErrorKind.FileSystem } or IOException or UnauthorizedAccessException => RunExitCodes.CannotWrite,
        _ => RunExitCodes.Unexpected,
    };
}
