using System.Runtime.InteropServices;
using DataVersion.Objects;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Caching;

/// <summary>
/// The file of a large object that is being received, under a name that the next process finds again. One process at a time has it; what it
/// holds proves itself by the block list, so that nothing else need be written down.
/// </summary>
internal sealed class PartialObject : IDisposable
{
    private const string Prefix = ".dv-part.";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OfGroup = Private | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private PartialObject(string path, SafeFileHandle file) => (Path, File) = (path, file);

    public string Path { get; }

    public SafeFileHandle File { get; }

    /// <summary>Opens or begins the file of an object; null where another process is receiving it, or another user has begun who shares nothing.</summary>
    /// <exception cref="FileAccessException">It cannot be opened.</exception>
    public static PartialObject? TryOpen(CacheLayout layout, ObjectKey key)
    {
        string path = System.IO.Path.Join(layout.Temporary, $"{Prefix}{key.Id.Kind}-{key.Id.Hex}");
        while (true)
        {
            if (Open(path, layout.IsShared) is not { } file)
                return null;
            if (OperatingSystem.IsLinux() && Libc.FLock(file, Libc.LockExclusive | Libc.LockNonBlocking) != 0)
            {
                file.Dispose();
                return null;
            }
            // Whoever had it before may have made an object of it, or thrown it away, just before the lock was ours.
            FileStat mine = FileStat.Get(file);
            if (FileStat.TryGet(path) is { } named && named.Inode == mine.Inode && named.Device == mine.Device && mine.Type == FileType.File)
            {
                if (!layout.IsShared || mine.Size == 0 || RegularFile.TrySetMode(file, OfGroup))
                    return new PartialObject(path, file);
                // Another user's, whose file cannot be made read-only by this one, as an object must be.
                TempStore.Discard(path);
            }
            file.Dispose();
        }
    }

    /// <summary>Removes what nobody went on with for a week.</summary>
    public static void RemoveStale(string directory, DateTimeOffset now)
    {
        foreach (string path in Directory.EnumerateFiles(directory, Prefix + "*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = true }))
        {
            try
            {
                if (now - System.IO.File.GetLastWriteTimeUtc(path) > Lifetime)
                    System.IO.File.Delete(path);
            }
            catch (Exception error) when (SystemErrors.IsFileError(error))
            {
                // Another process is cleaning too, or it belongs to another user.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    // As long as the uploads under way on a remote are kept.
    private static TimeSpan Lifetime { get; } = TimeSpan.FromDays(7);

    private static SafeFileHandle? Open(string path, bool shared)
    {
        if (!OperatingSystem.IsLinux())
        {
            try
            {
                return System.IO.File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
            }
            catch (Exception error) when (SystemErrors.IsFileError(error))
            {
                throw SystemErrors.From(path, error);
            }
        }
        SafeFileHandle file = Libc.Open(path, Libc.ReadWrite | Libc.Create | Libc.NoFollow, (int)Private);
        if (file.IsInvalid)
            return Marshal.GetLastPInvokeError() is var error && error == SystemErrors.Access && FileStat.TryGet(path) is not null ? null : throw SystemErrors.FromNumber(path, error);
        if (shared)
            RegularFile.TrySetMode(file, OfGroup);
        return file;
    }
}
