using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Hashing;

/// <summary>
/// Moves a file's bytes past a hasher, reading each once, and where asked into a copy. Holes stay holes: runs of zero bytes are not written.
/// </summary>
public static class ContentPump
{
    private const int BufferSize = 1024 * 1024;
    private const int HoleSize = 64 * 1024;

    // Lets a test count what is read (DESIGN "One pass"); flows with the calling context only.
    internal static readonly AsyncLocal<ReadMeter?> Meter = new();

    /// <summary>
    /// Reads a file from its beginning to its end, or to one byte past the end that it had when this began: one that grows as fast as it is
    /// read would have no end, and is told by its size.
    /// </summary>
    /// <param name="source">The open file.</param>
    /// <param name="hasher">Receives the bytes; is finished by this call.</param>
    /// <param name="copyTo">An empty, writable file that receives a copy, or null.</param>
    /// <param name="written">Told where the written part of the copy ends, after each piece.</param>
    /// <param name="progress">Told the number of bytes after each piece.</param>
    /// <param name="cancellationToken">Looked at between pieces of 1 MiB.</param>
    public static Task<HashedContent> RunAsync(
        SafeFileHandle source, ContentHasher hasher, SafeFileHandle? copyTo, Action<long>? written, Action<long>? progress, CancellationToken cancellationToken)
    {
        ReadMeter? meter = Meter.Value;
        long length = RandomAccess.GetLength(source);
        return PumpAsync(Read, length, limit: length + 1, hasher, copyTo, written, progress, cancellationToken);

        ValueTask<int> Read(Memory<byte> buffer, long offset, CancellationToken token)
        {
            int read = RandomAccess.Read(source, buffer.Span, offset);
            meter?.Add(read);
            return ValueTask.FromResult(read);
        }
    }

    /// <summary>
    /// Reads a stream to its end, or to one byte past <paramref name="declaredSize"/>: the result's size then differs from what was declared,
    /// and a hostile sender has cost one buffer.
    /// </summary>
    public static Task<HashedContent> RunAsync(
        Stream source, long? declaredSize, ContentHasher hasher, SafeFileHandle? copyTo, Action<long>? written, Action<long>? progress, CancellationToken cancellationToken)
    {
        long limit = declaredSize is { } size and < long.MaxValue ? size + 1 : long.MaxValue;
        return PumpAsync((buffer, _, token) => source.ReadAsync(buffer, token), declaredSize ?? BufferSize, limit, hasher,
            copyTo, written, progress, cancellationToken);
    }

    private static async Task<HashedContent> PumpAsync(
        Func<Memory<byte>, long, CancellationToken, ValueTask<int>> read, long expected, long limit,
        ContentHasher hasher, SafeFileHandle? copyTo, Action<long>? written, Action<long>? progress, CancellationToken cancellationToken)
    {
        bool large = expected >= BufferSize;
        // One byte more than expected, so that a small file is read, and its end seen, with two reads of one buffer.
        int bufferSize = large ? BufferSize : (int)expected + 1;
        byte[] current = ArrayPool<byte>.Shared.Rent(bufferSize);
        byte[] next = large ? ArrayPool<byte>.Shared.Rent(bufferSize) : current;
        Task<int>? ahead = null;
        try
        {
            long offset = 0;
            int count = await FillAsync(read, current.AsMemory(0, bufferSize), 0, limit, cancellationToken);
            while (count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long following = offset + count;
                // While these bytes are hashed and written, the next ones are read.
                ahead = large
                    ? Task.Run(() => FillAsync(read, next.AsMemory(0, bufferSize), following, limit, cancellationToken), cancellationToken)
                    : null;
                await ConsumeAsync(current.AsMemory(0, count), offset, hasher, copyTo);
                progress?.Invoke(count);
                offset = following;
                written?.Invoke(offset);
                count = ahead is not null ? await ahead : await FillAsync(read, current.AsMemory(0, bufferSize), offset, limit, cancellationToken);
                if (large)
                    (current, next) = (next, current);
            }
            if (copyTo is not null && RandomAccess.GetLength(copyTo) < offset)
                RandomAccess.SetLength(copyTo, offset);
            return hasher.Finish();
        }
        finally
        {
            // The buffers go back to the pool: nobody may still be writing into them.
            if (ahead is not null)
                await ((Task)ahead).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(current);
            if (large)
                ArrayPool<byte>.Shared.Return(next);
        }
    }

    private static async Task ConsumeAsync(Memory<byte> data, long offset, ContentHasher hasher, SafeFileHandle? copyTo)
    {
        Task write = copyTo is null ? Task.CompletedTask
            : data.Length < HoleSize ? WriteNow(copyTo, data.Span, offset)
            : Task.Run(() => WriteSparse(copyTo, data.Span, offset));
        try
        {
            hasher.Append(data);
        }
        finally
        {
            await write;
        }
    }

    private static Task WriteNow(SafeFileHandle target, ReadOnlySpan<byte> data, long offset)
    {
        RandomAccess.Write(target, data, offset);
        return Task.CompletedTask;
    }

    private static async Task<int> FillAsync(
        Func<Memory<byte>, long, CancellationToken, ValueTask<int>> read, Memory<byte> buffer, long offset, long limit, CancellationToken cancellationToken)
    {
        int filled = 0;
        int wanted = (int)Math.Min(buffer.Length, limit - offset);
        while (filled < wanted)
        {
            int count = await read(buffer[filled..wanted], offset + filled, cancellationToken);
            if (count == 0)
                break;
            filled += count;
        }
        return filled;
    }

    /// <summary>Writes what is no run of zero bytes: those stay holes in a file that was empty there.</summary>
    internal static void WriteSparse(SafeFileHandle target, ReadOnlySpan<byte> data, long offset)
    {
        while (!data.IsEmpty)
        {
            int length = Math.Min(HoleSize, data.Length);
            bool hole = IsZero(data[..length]);
            int run = length;
            while (run < data.Length && IsZero(data[run..Math.Min(run + HoleSize, data.Length)]) == hole)
                run = Math.Min(run + HoleSize, data.Length);
            if (!hole)
                RandomAccess.Write(target, data[..run], offset);
            data = data[run..];
            offset += run;
        }
    }

    private static bool IsZero(ReadOnlySpan<byte> data) => data.IndexOfAnyExcept((byte)0) < 0;
}

/// <summary>Counts bytes read from files.</summary>
internal sealed class ReadMeter
{
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    public void Add(int bytes) => Interlocked.Add(ref _bytes, bytes);
}
