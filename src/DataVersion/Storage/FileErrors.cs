namespace DataVersion.Storage;

/// <summary>What the operating system refused, in plain words.</summary>
internal static class FileErrors
{
    /// <summary>True for what file operations throw for reasons outside the program.</summary>
    public static bool Covers(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>The error to throw in place of <paramref name="exception"/>.</summary>
    public static FileAccessException Wrap(string path, Exception exception) =>
        new(path, Describe(exception), IsDiskFull(exception) ? "free some space and run the command again" : null, exception);

    /// <summary>The same for an error number that a native call left.</summary>
    public static FileAccessException Wrap(string path, int errorNumber) => Wrap(path, new IOException(null, errorNumber));

    private static string Describe(Exception exception) => exception switch
    {
        UnauthorizedAccessException => "permission denied",
        FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
        PathTooLongException => "the path is too long",
        _ when IsDiskFull(exception) => IsQuota(exception) ? "the disk quota is used up" : "no space left on the disk",
        _ => Describe(exception.HResult) ?? exception.Message.TrimEnd('.'),
    };

    // On Unix, .NET hands the error number on as HResult; on Windows it is an HRESULT of a Win32 error.
    private static string? Describe(int number) => OperatingSystem.IsWindows() ? null : number switch
    {
        1 or 13 => "permission denied",
        2 => "no such file or directory",
        5 => "the disk reports an input/output error",
        20 => "a part of the path is not a directory",
        24 or 23 => "too many open files",
        27 => "the file is too large for this file system",
        30 => "the file system is read-only",
        36 => "the name is too long",
        40 => "a part of the path is a symbolic link, and links are not followed here",
        107 => "the mount is not connected",
        116 => "the network file system has lost the file (stale handle)",
        _ => null,
    };

    private static bool IsDiskFull(Exception exception) => IsQuota(exception) || exception.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);

    private static bool IsQuota(Exception exception) => OperatingSystem.IsLinux() && exception.HResult == 122;
}
