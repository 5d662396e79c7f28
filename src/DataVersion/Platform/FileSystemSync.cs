using Microsoft.Win32.SafeHandles;

namespace DataVersion.Platform;

/// <summary>
/// One flush for everything written on a file system since <see cref="Open"/>. The descriptor is opened before the writes because the kernel
/// reports a failed write-back only to those who held one at the time.
/// </summary>
internal sealed class FileSystemSync : IDisposable
{
    // Since this version syncfs reports write-back errors; before, it returned 0 after a lost write.
    private static readonly Version ReportsErrors = new(5, 8);

    private readonly SafeFileHandle? _directory;
    private readonly string _path;

    private FileSystemSync(SafeFileHandle? directory, string path)
    {
        _directory = directory;
        _path = path;
    }

    /// <summary>True where <see cref="Flush"/> makes all earlier writes durable; false: the caller flushes each file and directory.</summary>
    public bool IsBatch => _directory is not null;

    /// <summary>Begins to watch the file system that holds <paramref name="directory"/>.</summary>
    public static FileSystemSync Open(string directory)
    {
        if (!OperatingSystem.IsLinux() || Environment.OSVersion.Version < ReportsErrors || !FileSystems.HonoursSyncFs(directory))
            return new FileSystemSync(null, directory);
        SafeFileHandle handle = Libc.Open(directory, Libc.ReadOnly | Libc.Directory);
        return handle.IsInvalid ? throw SystemErrors.Last(directory) : new FileSystemSync(handle, directory);
    }

    /// <summary>Makes all writes since <see cref="Open"/>, and since the last flush, durable, names included.</summary>
    public void Flush()
    {
        if (OperatingSystem.IsLinux() && _directory is not null && Libc.SyncFs(_directory) != 0)
            throw SystemErrors.Last(_path);
    }

    /// <inheritdoc/>
    public void Dispose() => _directory?.Dispose();
}
