using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Configuration;

/// <summary>Reads and replaces small files that several processes may edit at once.</summary>
internal static class ConfigDisk
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Masked = Private | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The bytes of a regular file; null where there is none. Of a file longer than <paramref name="most"/> one byte more than that, so that the
    /// caller sees it. Links are not followed.
    /// </summary>
    /// <exception cref="FileAccessException">It cannot be read, or is no regular file.</exception>
    public static byte[]? TryRead(string path, int most)
    {
        if (FileStat.TryGet(path) is null)
            return null;
        try
        {
            using SafeFileHandle file = RegularFile.OpenRead(path, out FileStat stat);
            byte[] buffer = new byte[Math.Min(most, stat.Size) + 1];
            int length = 0;
            while (length < buffer.Length && RandomAccess.Read(file, buffer.AsSpan(length), length) is > 0 and int read)
                length += read;
            return buffer[..length];
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }

    /// <summary>The file that a user's own path means: his configuration may be a link into a folder of such files.</summary>
    public static string FollowLinks(string path)
    {
        try
        {
            bool link = FileStat.TryGet(path)?.Type == FileType.SymbolicLink;
            return link ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }

    /// <summary>
    /// Replaces a file by what <paramref name="change"/> makes of it, which is called under the lock and reads the file itself; null changes nothing.
    /// A private file becomes readable by its owner alone; another keeps its mode.
    /// </summary>
    /// <exception cref="LockedException">Another process edits for too long.</exception>
    /// <exception cref="FileAccessException">The file cannot be written.</exception>
    public static void Update(string path, string lockFile, bool isPrivate, Func<byte[]?> change, CancellationToken cancellationToken)
    {
        CreateFolder(lockFile);
        CreateFolder(path);
        using FileLock held = FileLock.AcquireExclusive(lockFile, LockWait, cancellationToken);
        if (change() is { } bytes)
            Replace(path, bytes, isPrivate ? Private : FileStat.TryGet(path)?.Mode);
    }

    /// <summary>A reader, and a machine that loses power, sees the old bytes or the new ones.</summary>
    private static void Replace(string path, byte[] bytes, UnixFileMode? mode)
    {
        string folder = Path.GetDirectoryName(path)!;
        string temporary = Path.Combine(folder, TempNames.Create("config"));
        try
        {
            using (SafeFileHandle file = RegularFile.Create(temporary, mode is null ? Masked : Private))
            {
                if (mode is { } bits)
                    RegularFile.SetMode(file, bits, temporary);
                RandomAccess.Write(file, bytes, 0);
                FileSync.Flush(file, temporary);
            }
            FailPoint.Hit("config.rename");
            File.Move(temporary, path, overwrite: true);
            FileSync.FlushDirectory(folder);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error) || error is FileAccessException)
        {
            TryDelete(temporary);
            throw SystemErrors.From(path, error);
        }
    }

    private static void CreateFolder(string file)
    {
        string folder = Path.GetDirectoryName(file)!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(folder, error);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            // The first error is the one to report; walks skip a leftover of this name.
        }
    }
}
