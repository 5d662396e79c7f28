using System.Buffers;
using System.Security.Cryptography;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;

namespace DataVersion.Transfers;

/// <summary>
/// Reads ranges of a large object that is not here: the blocks that cover a range, several at once, handed on in order, each only once it has been
/// checked against the block list.
/// </summary>
/// <param name="key">The object.</param>
/// <param name="size">Its bytes.</param>
/// <param name="blocks">Its block list, checked.</param>
/// <param name="open">Opens ranges of it.</param>
internal sealed class BlockReader(ObjectKey key, long size, ReadOnlyMemory<byte> blocks, RangeOpener open)
{
    /// <summary>Where the bytes come from, for messages: <c>on remote 'NAME'</c>.</summary>
    public required string Where { get; init; }

    /// <summary>What to do where they are others.</summary>
    public string? Hint { get; init; }

    /// <summary>Blocks under way at once; one more is held while it is handed on.</summary>
    public int AtOnce { get; init; } = 4;

    /// <summary>Hands on the bytes of a range. Of the whole object the last block is held back until the object's own hash is right, too.</summary>
    /// <param name="range">Inside the object.</param>
    /// <param name="write">Takes bytes, which are its own until it returns.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ObjectCorruptException">A block, or the whole, is something else. What was handed on before is right.</exception>
    public async Task CopyAsync(ByteRange range, Func<ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellationToken)
    {
        if (range.Length == 0)
            return;
        int next = IndexOf(range.Offset);
        int last = IndexOf(range.Offset + range.Length - 1);
        using IdentityHash? identity = range == new ByteRange(0, size) ? new IdentityHash(key.Id.Kind) : null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = new Queue<Task<byte[]>>();
        try
        {
            for (int index = next; index <= last; index++)
            {
                ReadAhead();
                byte[] block = await ahead.Peek();
                _ = ahead.Dequeue();
                ReadAhead();
                await HandOnAsync(block, index);
                ArrayPool<byte>.Shared.Return(block);
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (Task<byte[]> left in ahead)
            {
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (left.IsCompletedSuccessfully)
                    ArrayPool<byte>.Shared.Return(await left);
            }
        }

        void ReadAhead()
        {
            for (; next <= last && ahead.Count < AtOnce; next++)
            {
                int index = next;
                ahead.Enqueue(Task.Run(() => SmallObjectReader.TwiceAsync(() => ReadAsync(index, stop.Token)), CancellationToken.None));
            }
        }

        async ValueTask HandOnAsync(byte[] block, int index)
        {
            ReadOnlyMemory<byte> bytes = block.AsMemory(0, LengthOf(index));
            identity?.Append(bytes.Span);
            if (index == last && identity?.Finish() is { } actual && actual != key.Id)
                throw new ObjectCorruptException(key.ToString(), actual.ToString(), Where, Hint);
            int from = (int)(Math.Max(range.Offset, Begin(index)) - Begin(index));
            int to = (int)(Math.Min(range.Offset + range.Length, Begin(index) + bytes.Length) - Begin(index));
            await write(bytes[from..to]);
        }
    }

    private async Task<byte[]> ReadAsync(int index, CancellationToken cancellationToken)
    {
        int length = LengthOf(index);
        byte[] block = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            await using Stream source = await open(new ByteRange(Begin(index), length), cancellationToken);
            int count = await source.ReadAtLeastAsync(block.AsMemory(0, length), length, throwOnEndOfStream: false, cancellationToken);
            byte[] actual = SHA256.HashData(block.AsSpan(0, count));
            ReadOnlyMemory<byte> expected = blocks.Slice(index * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes);
            if (count == length && expected.Span.SequenceEqual(actual))
                return block;
            throw new ObjectCorruptException(key.ToString(), count < length ? $"{count} instead of {length}" : $"{Hex(actual)} instead of {Hex(expected.Span)}",
                $"{Where}, bytes {Begin(index)} to {Begin(index) + length - 1}", Hint);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(block);
            throw;
        }
    }

    private static string Hex(ReadOnlySpan<byte> digest) => new ObjectId(HashKind.Sha256, digest).ToString();

    private static int IndexOf(long offset) => (int)(offset / BlockHasher.BlockSize);

    private static long Begin(int index) => (long)index * BlockHasher.BlockSize;

    private int LengthOf(int index) => (int)Math.Min(BlockHasher.BlockSize, size - Begin(index));
}
