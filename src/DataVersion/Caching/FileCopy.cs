using System.Buffers;
using DataVersion.Hashing;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Caching;

/// <summary>Copies bytes that need no hash. Holes stay holes; a large file is copied by several threads, since one cannot keep up with a disk or the memory.</summary>
internal static class FileCopy
{
    private const long PieceSize = 8L * 1024 * 1024;
    private const int BufferSize = 1024 * 1024;

    /// <summary>Copies a whole file.</summary>
    /// <param name="source">The open file.</param>
    /// <param name="target">An empty, writable file.</param>
    /// <param name="forget">Leaves the copy alone in memory, where nobody reads the source soon: each piece of the source makes room for the next of the copy.</param>
    /// <param name="cancellationToken">Looked at between pieces of 1 MiB.</param>
    public static async Task RunAsync(SafeFileHandle source, SafeFileHandle target, bool forget, CancellationToken cancellationToken)
    {
        long length = RandomAccess.GetLength(source);
        if (length <= PieceSize)
        {
            Copy(source, target, 0, length, cancellationToken);
        }
        else
        {
            // A few pieces ahead of each other, so that the blocks of the copy lie about in order on the disk.
            var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(4, Environment.ProcessorCount), CancellationToken = cancellationToken };
            IEnumerable<long> offsets = Enumerable.Range(0, checked((int)((length + PieceSize - 1) / PieceSize))).Select(index => index * PieceSize);
            await Parallel.ForEachAsync(offsets, options, (offset, token) =>
            {
                long count = Math.Min(PieceSize, length - offset);
                Copy(source, target, offset, count, token);
                if (forget)
                    FileSync.Forget(source, offset, count);
                return ValueTask.CompletedTask;
            });
        }
        if (RandomAccess.GetLength(target) < length)
            RandomAccess.SetLength(target, length);
    }

    private static void Copy(SafeFileHandle source, SafeFileHandle target, long offset, long length, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferSize, Math.Max(length, 1)));
        try
        {
            for (long end = offset + length; offset < end;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset)), offset);
                // Shorter than it was: the caller sees by its stat that it changed.
                if (count == 0)
                    return;
                ContentPump.WriteSparse(target, buffer.AsSpan(0, count), offset);
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
