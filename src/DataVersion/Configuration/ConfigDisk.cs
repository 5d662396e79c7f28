using DataVersion.Platform;

namespace DataVersion.Configuration;

/// <summary>Reads and replaces small files that several processes may edit at once.</summary>
internal static class ConfigDisk
{
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(10);

    /// <summary>The file's bytes; null where there is none. At most one byte more than <paramref name="most"/>, so that the caller sees that it is too large.</summary>
    public static byte[]? TryRead(string path, int most)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
            byte[] buffer = new byte[(int)Math.Min(most + 1L, Math.Max(stream.Length, 4096) + 1)];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return buffer[..length];
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }

    /// <summary>
    /// Replaces a file by what <paramref name="change"/> makes of it, which is called under the lock and reads the file itself; null changes nothing.
    /// A private file is readable by its owner alone; another keeps its mode.
    /// </summary>
    public static void Update(string path, string lockFile, bool isPrivate, Func<byte[]?> change, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(lockFile)!);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
        using (FileLock.AcquireExclusive(lockFile, LockWait, cancellationToken))
        {
            if (change() is { } bytes)
                AtomicFile.Write(path, bytes, isPrivate ? UnixFileMode.UserRead | UnixFileMode.UserWrite : ModeOf(path));
        }
    }

    private static UnixFileMode? ModeOf(string path) => FileStat.TryGet(path)?.Mode;
}
