using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Storage;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Caching;

/// <summary>Opens a range of the object that is being received.</summary>
public delegate Task<Stream> RangeOpener(ByteRange range, CancellationToken cancellationToken);

/// <summary>
/// Receives a large object block by block, several at once, each written in its place, and hashes the whole in order behind them.
/// Blocks that an earlier run has written are kept where the block list proves them.
/// </summary>
/// <param name="key">The object.</param>
/// <param name="size">Its bytes.</param>
/// <param name="blocks">Its block list; checked, but by itself no proof of the object's identity.</param>
/// <param name="open">Opens ranges of it.</param>
/// <param name="atOnce">Ranges under way at once.</param>
/// <param name="progress">Told the bytes that came, or were there.</param>
internal sealed class RangeReceiver(ObjectKey key, long size, ReadOnlyMemory<byte> blocks, RangeOpener open, int atOnce, Action<long>? progress)
{
    private const int BufferSize = 1024 * 1024;

    private int Count => (int)BlockHasher.CountBlocks(size);

    /// <summary>Fills the file. When it returns, the file holds the object.</summary>
    /// <exception cref="ObjectCorruptException">What came is something else.</exception>
    public async Task RunAsync(SafeFileHandle file, CancellationToken cancellationToken)
    {
        bool[] present = await FindPresentAsync(file, cancellationToken);
        RandomAccess.SetLength(file, size);
        ObjectId actual = await FillAsync(file, present, cancellationToken);
        if (actual == key.Id)
            return;
        // Once more for the blocks that the way here damaged; where all agree with their list, the list is not this object's.
        present = await FindPresentAsync(file, cancellationToken);
        if (Array.TrueForAll(present, p => p) || await FillAsync(file, present, cancellationToken) is var again && again != key.Id)
            throw new ObjectCorruptException(key.ToString(), actual.ToString(), "as received");
    }

    private async Task<bool[]> FindPresentAsync(SafeFileHandle file, CancellationToken cancellationToken)
    {
        var present = new bool[Count];
        long length = RandomAccess.GetLength(file);
        if (length == 0)
            return present;
        await Parallel.ForAsync(0, Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken }, (index, _) =>
        {
            present[index] = length >= End(index) && Holds(file, index);
            // No bytes came, but something happens.
            progress?.Invoke(0);
            return ValueTask.CompletedTask;
        });
        return present;
    }

    private bool Holds(SafeFileHandle file, int index)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (long at = Begin(index); at < End(index);)
            {
                int count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, End(index) - at)), at);
                if (count == 0)
                    return false;
                hash.AppendData(buffer, 0, count);
                at += count;
            }
            return hash.GetHashAndReset().AsSpan().SequenceEqual(blocks.Span.Slice(index * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<ObjectId> FillAsync(SafeFileHandle file, bool[] present, CancellationToken cancellationToken)
    {
        var arrivals = Channel.CreateUnbounded<int>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<ObjectId> hashing = Task.Run(() => HashInOrderAsync(file, arrivals.Reader, stop.Token), CancellationToken.None);
        try
        {
            for (int index = 0; index < present.Length; index++)
            {
                if (!present[index])
                    continue;
                progress?.Invoke(End(index) - Begin(index));
                arrivals.Writer.TryWrite(index);
            }
            var options = new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(Enumerable.Range(0, present.Length).Where(i => !present[i]), options, async (index, token) =>
            {
                await ReceiveAsync(file, index, token);
                arrivals.Writer.TryWrite(index);
            });
            return await hashing;
        }
        catch
        {
            await stop.CancelAsync();
            await ((Task)hashing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task ReceiveAsync(SafeFileHandle file, int index, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using Stream source = await open(new ByteRange(Begin(index), End(index) - Begin(index)), cancellationToken);
            for (long at = Begin(index); at < End(index);)
            {
                int count = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, End(index) - at)), cancellationToken);
                if (count == 0)
                    throw new ObjectCorruptException(key.ToString(), $"{at} bytes instead of {size}", "as received");
                RandomAccess.Write(file, buffer.AsSpan(0, count), at);
                progress?.Invoke(count);
                at += count;
            }
            // The flush at the end then has little left to do.
            FileSync.StartWriteBack(file, Begin(index), End(index) - Begin(index));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Hashes block after block as soon as it and all before it are there; the bytes come from the page cache.</summary>
    private async Task<ObjectId> HashInOrderAsync(SafeFileHandle file, ChannelReader<int> arrivals, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using var identity = new IdentityHash(key.Id.Kind);
            var early = new HashSet<int>();
            for (int index = 0; index < Count; index++)
            {
                while (!early.Remove(index))
                    early.Add(await arrivals.ReadAsync(cancellationToken));
                for (long at = Begin(index); at < End(index);)
                {
                    int count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, End(index) - at)), at);
                    if (count == 0)
                        throw new ObjectCorruptException(key.ToString(), $"{at} bytes instead of {size}", "as received");
                    identity.Append(buffer.AsSpan(0, count));
                    at += count;
                }
                progress?.Invoke(0);
            }
            return identity.Finish();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static long Begin(int index) => (long)index * BlockHasher.BlockSize;

    private long End(int index) => Math.Min(Begin(index) + BlockHasher.BlockSize, size);
}
