using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Cli;

/// <summary>The process's standard output for bytes.</summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;
    private const int BrokenPipe = 32;
    private const int WindowsBrokenPipe = unchecked((int)0x8007006D);
    private const int WindowsNoData = unchecked((int)0x800700E8);

    /// <summary>
    /// Opens it. .NET's own stream of the console takes it for success where nobody reads any more, and what only wants the beginning would be sent everything:
    /// so a pipe is written to as a file. Files are not, since their position is shared with whoever else writes to them.
    /// </summary>
    internal static Stream Open()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
            return Console.OpenStandardOutput();
        var stream = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    /// <summary>False where it is a pipe that nobody reads any more: .NET's stream of the console does not tell.</summary>
    internal static bool HasReader() => PipeEnd.HasReader(Descriptor);

    /// <summary>True where a write failed because nobody reads any more, as behind <c>| head</c>.</summary>
    internal static bool IsClosedByReader(IOException error) => error.HResult is BrokenPipe or WindowsBrokenPipe or WindowsNoData;
}
