using System.Runtime.InteropServices;

namespace DataVersion.Platform;

/// <summary>Hard links, for which .NET has no API.</summary>
internal static partial class HardLinks
{
    private const int WindowsFileExists = 80, WindowsAlreadyExists = 183, WindowsNotFound = 2;

    /// <summary>Gives a file a second name; never replaces one.</summary>
    /// <exception cref="FileAccessException">The file is not there, the disk is full, or the like.</exception>
    public static LinkOutcome TryCreate(string existing, string newPath)
    {
        if (OperatingSystem.IsLinux())
            return Libc.LinkAt(Libc.AtFdCwd, existing, Libc.AtFdCwd, newPath, 0) == 0 ? LinkOutcome.Created : Outcome(newPath);
        if (!OperatingSystem.IsWindows())
            return LinkOutcome.Unsupported;
        if (CreateHardLink(newPath, existing, 0))
            return LinkOutcome.Created;
        return Marshal.GetLastPInvokeError() switch
        {
            WindowsFileExists or WindowsAlreadyExists => LinkOutcome.Exists,
            WindowsNotFound => throw SystemErrors.FromNumber(existing, SystemErrors.NoEntry),
            _ => LinkOutcome.Unsupported,
        };
    }

    /// <summary>Sorts the error of the link(2) that just failed.</summary>
    internal static LinkOutcome Outcome(string path) => Marshal.GetLastPInvokeError() switch
    {
        SystemErrors.Exists => LinkOutcome.Exists,
        // EPERM: no hard links here, or the kernel protects files that belong to someone else (fs.protected_hardlinks).
        SystemErrors.CrossDevice or SystemErrors.TooManyLinks or SystemErrors.Perm or SystemErrors.NotSupported or SystemErrors.NoSys or SystemErrors.Access
            => LinkOutcome.Unsupported,
        _ => throw SystemErrors.Last(path),
    };

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string newPath, string existing, nint reserved);
}
