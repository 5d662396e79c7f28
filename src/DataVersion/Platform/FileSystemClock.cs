using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Platform;

/// <summary>
/// The clock by which a file system stamps its files, which need not be this machine's. Read it before the last stat of a file: if the file's
/// times are older than that by the margin, every later write gives it other times.
/// </summary>
public sealed class FileSystemClock : IDisposable
{
    private static readonly byte[] OneByte = [0];

    private readonly SafeFileHandle _file;
    private readonly string _directory;
    private readonly string? _path;

    private FileSystemClock(SafeFileHandle file, string? path, string directory)
    {
        _file = file;
        _path = path;
        _directory = directory;
        MarginNs = FileSystems.RacyMarginNs(FileSystems.Of(directory));
    }

    /// <summary>By how many nanoseconds a file's times must be in the past.</summary>
    public long MarginNs { get; }

    /// <summary>Opens the clock of the file system that holds a writable directory.</summary>
    /// <exception cref="FileAccessException">Nothing can be written there.</exception>
    public static FileSystemClock Open(string directory)
    {
        if (OperatingSystem.IsLinux())
        {
            // A file without a name, where the file system has them: nothing shows in the user's folders and nothing stays behind.
            SafeFileHandle unnamed = Libc.Open(directory, Libc.UnnamedTemp | Libc.ReadWrite, 0x180);
            if (!unnamed.IsInvalid)
                return new FileSystemClock(unnamed, null, directory);
            unnamed.Dispose();
        }
        string path = Path.Combine(directory, TempNames.Create("clock"));
        try
        {
            return new FileSystemClock(File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete), path, directory);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(directory, error);
        }
    }

    /// <summary>Now, in nanoseconds since 1970-01-01 UTC.</summary>
    public long NowNs()
    {
        try
        {
            // "Now" as the file system itself says it; a write would need a block, and a full disk has none.
            if (!OperatingSystem.IsLinux() || !Touch())
                RandomAccess.Write(_file, OneByte, 0);
            return FileStat.Get(_file).ModifiedNs;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(_directory, error);
        }
    }

    /// <summary>True if both times of a file were safely in the past at <paramref name="nowNs"/>.</summary>
    public bool IsSettled(FileStamp stamp, long nowNs) => Math.Max(stamp.ModifiedNs, stamp.ChangedNs) + MarginNs < nowNs;

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        if (_path is not null)
            File.Delete(_path);
    }

    [SupportedOSPlatform("linux")]
    private unsafe bool Touch() => Libc.FUTimeNs(_file, null) == 0;
}
