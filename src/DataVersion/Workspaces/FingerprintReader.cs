using System.Buffers;
using System.IO.Hashing;
using DataVersion.Hashing;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Workspaces;

/// <summary>Reads a file for its fingerprint alone.</summary>
internal static class FingerprintReader
{
    private const int BufferSize = 1024 * 1024;
    private const int MaxReads = 3;

    /// <summary>The fingerprint, the stat that held before and after, and whether later writes are certain to change that.</summary>
    /// <exception cref="FileChangedException">The file changed each time it was read.</exception>
    public static async Task<(Fingerprint Fingerprint, FileStat Stat, bool Settled)> ReadAsync(
        string path, ulong seed, FileSystemClock? clock, Action<long>? progress, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < MaxReads; attempt++)
        {
            try
            {
                using SafeFileHandle handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
                FileStat before = FileStat.Get(handle);
                Fingerprint fingerprint = await ReadOnceAsync(handle, before.Size, seed, progress, cancellationToken);
                long now = clock?.NowNs() ?? 0;
                FileStat after = FileStat.Get(handle);
                if (before.Stamp == after.Stamp)
                    return (fingerprint, after, clock?.IsSettled(after.Stamp, now) ?? false);
            }
            catch (Exception e) when (SystemErrors.IsFileError(e))
            {
                throw SystemErrors.From(path, e);
            }
        }
        throw new FileChangedException(path);
    }

    private static async Task<Fingerprint> ReadOnceAsync(
        SafeFileHandle handle, long size, ulong seed, Action<long>? progress, CancellationToken cancellationToken)
    {
        var hash = new XxHash128(unchecked((long)seed));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long offset = 0;
            int read;
            // Not to the end of a file that grows as fast as it is read: its stat will tell.
            while (offset <= size && (read = await RandomAccess.ReadAsync(handle, buffer, offset, cancellationToken)) > 0)
            {
                hash.Append(buffer.AsSpan(0, read));
                progress?.Invoke(read);
                offset += read;
            }
            return new Fingerprint(hash.GetCurrentHashAsUInt128());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
