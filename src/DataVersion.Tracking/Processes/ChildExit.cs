namespace DataVersion.Tracking.Processes;

/// <summary>How a process ended: by itself with a code, or by a signal. Both are null where the system does not say it any more.</summary>
/// <param name="Code">The exit code, 0 to 255 (more on Windows); null where a signal ended the process.</param>
/// <param name="Signal">The number of the signal that ended it, as this system counts them; null where it exited.</param>
public sealed record ChildExit(int? Code, int? Signal)
{
    /// <summary>The code of a shell for a command that it cannot find.</summary>
    public const int NotFoundCode = 127;

    /// <summary>The code of a shell for a command that it finds and cannot run.</summary>
    public const int NotExecutableCode = 126;

    private const int UnknownCode = 255;

    /// <summary>What a shell reports: the code, or 128 and the number of the signal; 255 where neither is known.</summary>
    public int ShellCode => Code ?? (Signal is { } signal ? 128 + signal : UnknownCode);

    /// <summary>True for exit code 0.</summary>
    public bool IsSuccess => Code == 0;

    /// <summary>Reads the status that <c>waitpid</c> gives, which has the same form on Linux, macOS and the BSDs.</summary>
    internal static ChildExit FromWaitStatus(int status) =>
        (status & 0x7f) is var signal and not 0 ? new ChildExit(null, signal) : new ChildExit((status >> 8) & 0xff, null);
}
