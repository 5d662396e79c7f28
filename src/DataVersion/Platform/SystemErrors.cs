using System.Runtime.InteropServices;

namespace DataVersion.Platform;

/// <summary>Turns what the operating system says into <see cref="FileAccessException"/>, in words that do not depend on the call.</summary>
public static class SystemErrors
{
    internal const int Perm = 1, NoEntry = 2, NoProcess = 3, Io = 5, Again = 11, Access = 13, Exists = 17, CrossDevice = 18, NotDirectory = 20, IsDirectory = 21,
        Invalid = 22, TooManyFiles = 24, NotTty = 25, NoSpace = 28, ReadOnly = 30, TooManyLinks = 31, NameTooLong = 36, NoLocks = 37,
        NoSys = 38, NotEmpty = 39, Loop = 40, NotSupported = 95, Quota = 122;

    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>The error of the native call that failed last on this thread.</summary>
    public static FileAccessException Last(string path) => FromNumber(path, Marshal.GetLastPInvokeError());

    internal static FileAccessException FromNumber(string path, int number, Exception? inner = null) =>
        new(path, Describe(number), Advise(number), inner) { IsDiskFull = number is NoSpace or Quota };

    /// <summary>The same for an exception of a .NET file API, whose HResult is the error number on Unix.</summary>
    public static FileAccessException From(string path, Exception error) => error switch
    {
        FileAccessException already => already,
        FileNotFoundException or DirectoryNotFoundException => FromNumber(path, NoEntry, error),
        UnauthorizedAccessException => FromNumber(path, Access, error),
        PathTooLongException => FromNumber(path, NameTooLong, error),
        IOException { HResult: WindowsDiskFull } => FromNumber(path, NoSpace, error),
        IOException when !OperatingSystem.IsWindows() && error.HResult is > 0 and < 200 => FromNumber(path, error.HResult, error),
        _ => new(path, error.Message, null, error),
    };

    /// <summary>True for what the .NET file APIs throw on conditions outside the program.</summary>
    public static bool IsFileError(Exception error) => error is IOException or UnauthorizedAccessException;

    private static string Describe(int number) => number switch
    {
        NoEntry => "no such file or directory",
        Perm => "operation not permitted",
        Access => "permission denied",
        Io => "input/output error",
        Exists => "exists already",
        NotDirectory => "not a directory",
        IsDirectory => "is a directory",
        TooManyFiles => "too many open files",
        NoSpace => "no space left on the disk",
        Quota => "disk quota exceeded",
        ReadOnly => "the file system is read-only",
        NameTooLong => "the name is too long for this file system",
        Loop => "is a symbolic link, or leads through too many of them",
        _ => Marshal.GetPInvokeErrorMessage(number),
    };

    private static string? Advise(int number) => number switch
    {
        NoSpace or Quota => "make room and run the command again; what is finished is kept",
        Access => "check the permissions of the file and of the folders above it",
        _ => null,
    };
}
