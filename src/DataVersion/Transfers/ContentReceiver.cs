using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>Receives single objects: checked, in ranges where they are large, and once more where they come corrupt.</summary>
internal sealed class ContentReceiver(LocalCache cache, ObjectStore remote, PartOptions parts, FetchTally tally, ITransferMonitor monitor)
{
    private readonly SmallObjectReader _small = new(cache, _ => Task.FromResult(remote));

    /// <summary>Brings a content into a batch. That it cannot be had is noted, and fails nothing else.</summary>
    /// <param name="batch">Where it goes.</param>
    /// <param name="item">The object.</param>
    /// <param name="progress">Told of bytes, too; less than none where they must come again.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>True if it came.</returns>
    public async Task<bool> ReceiveAsync(CacheBatch batch, PlannedObject item, Action<long>? progress, CancellationToken cancellationToken)
    {
        if (item.Size > parts.Threshold)
            monitor.Started(item.Key, item.Path, item.Size.Value);
        try
        {
            long bytes = await TryReceiveRangesAsync(batch, item, Advance, cancellationToken)
                ?? await SmallObjectReader.TwiceAsync(() => ReceiveWholeAsync(batch, item, Advance, cancellationToken));
            tally.Received(bytes);
            monitor.Finished(item.Key, ObjectOutcome.Done);
            return true;
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or RemoteException { IsDenied: true })
        {
            tally.Failed(item.Key, item.Path, e);
            monitor.Finished(item.Key, ObjectOutcome.Failed);
            return false;
        }

        void Advance(long bytes)
        {
            monitor.Advanced(item.Key, bytes);
            progress?.Invoke(bytes);
        }
    }

    /// <inheritdoc cref="SmallObjectReader.ReadOnceAsync"/>
    public Task<(byte[] Bytes, bool IsNew)> ReadSmallOnceAsync(ObjectKey key, int maxBytes, CancellationToken cancellationToken) =>
        _small.ReadOnceAsync(key, maxBytes, cancellationToken);

    private async Task<long> ReceiveWholeAsync(CacheBatch batch, PlannedObject item, Action<long> progress, CancellationToken cancellationToken)
    {
        await using Stream source = await remote.OpenReadAsync(item.Key, null, cancellationToken);
        long size = 0;
        try
        {
            await batch.ReceiveAsync(item.Key, item.Size, source, bytes =>
            {
                size += bytes;
                progress(bytes);
            }, cancellationToken);
            return size;
        }
        catch (ObjectCorruptException)
        {
            progress(-size);
            throw;
        }
    }

    /// <summary>The object's size; null where it does not go in ranges: it is small, has no block list, or is being received by another process.</summary>
    private async Task<long?> TryReceiveRangesAsync(CacheBatch batch, PlannedObject item, Action<long> progress, CancellationToken cancellationToken)
    {
        if (item.Blocks is not { } list || item.Size is not { } size || size <= parts.Threshold || remote.Traits.IsLocal)
            return null;
        byte[]? blocks = await ReadBlockListAsync(ObjectKey.Content(list), size, cancellationToken);
        if (blocks is null)
            return null;
        return await batch.TryReceiveRangesAsync(
            item.Key, size, blocks, (range, token) => remote.OpenReadAsync(item.Key, range, token), parts.AtOnce, progress, cancellationToken)
            ? size
            : null;
    }

    private async Task<byte[]?> ReadBlockListAsync(ObjectKey key, long size, CancellationToken cancellationToken)
    {
        long length = BlockHasher.ListSize(size)!.Value;
        if (length > SmallObjectReader.MaxBlockList)
            return null;
        try
        {
            (byte[] blocks, _) = await ReadSmallOnceAsync(key, (int)length, cancellationToken);
            return blocks.Length == length ? blocks : null;
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException)
        {
            // It is on its own way, too, and that one says what is wrong with it; the object can come without.
            return null;
        }
    }
}
