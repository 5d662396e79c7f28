using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Storage;

namespace DataVersion.Transfers;

/// <summary>Receives single objects: checked, in ranges where they are large, and once more where they come corrupt.</summary>
internal sealed class ContentReceiver(LocalCache cache, ObjectStore remote, PartOptions parts, FetchTally tally, ITransferMonitor monitor)
{
    private readonly SmallObjectReader _small = new(cache, _ => Task.FromResult(remote));

    /// <summary>Where those objects lie that are packed, as far as they were looked for.</summary>
    public IReadOnlyDictionary<ObjectKey, PackedAt> Packed { get; private set; } = new Dictionary<ObjectKey, PackedAt>();

    /// <summary>Looks which objects are packed.</summary>
    public async Task LookAsync(IEnumerable<PlannedObject> items, CancellationToken cancellationToken) =>
        Packed = await remote.FindPackedAsync([.. items.Select(o => new ObjectRequest(o.Key, o.Size))], cancellationToken);

    /// <summary>Brings contents into a batch: those in one pack with few requests, others one by one.</summary>
    /// <inheritdoc cref="ReceiveAsync"/>
    public async Task<bool> ReceiveAllAsync(CacheBatch batch, IReadOnlyList<PlannedObject> items, Action<long>? progress, CancellationToken cancellationToken)
    {
        bool any = false;
        foreach (IGrouping<KnownPack, PlannedObject> pack in items.Where(o => Packed.ContainsKey(o.Key)).GroupBy(o => Packed[o.Key].Pack))
            any |= await ReceivePackAsync(batch, [.. pack], progress, cancellationToken);
        foreach (PlannedObject item in items.Where(o => !Packed.ContainsKey(o.Key)))
            any |= await ReceiveAsync(batch, item, progress, cancellationToken);
        return any;
    }

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
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or InvalidFormatException or RemoteException { IsDenied: true })
        {
            Fail(item, e);
            return false;
        }

        void Advance(long bytes) => Tell(item, bytes, progress);
    }

    /// <inheritdoc cref="SmallObjectReader.ReadOnceAsync"/>
    public Task<(byte[] Bytes, bool IsNew)> ReadSmallOnceAsync(ObjectKey key, int maxBytes, CancellationToken cancellationToken) =>
        _small.ReadOnceAsync(key, maxBytes, cancellationToken);

    private async Task<bool> ReceivePackAsync(CacheBatch batch, IReadOnlyList<PlannedObject> items, Action<long>? progress, CancellationToken cancellationToken)
    {
        Dictionary<ObjectKey, PlannedObject> left = items.ToDictionary(o => o.Key);
        try
        {
            await remote.ReadTogetherAsync(items.Select(o => (o.Key, Packed[o.Key])), async (key, bytes) =>
            {
                if (bytes is { } came && await TryKeepAsync(batch, left[key], came, progress, cancellationToken))
                    left.Remove(key);
            }, cancellationToken);
        }
        catch (DataVersionException e) when (e is ObjectMissingException or RemoteException { IsDenied: true })
        {
            foreach (PlannedObject item in left.Values)
                Fail(item, e is ObjectMissingException ? remote.PackIsGone(item.Key, Packed[item.Key]) : e);
            return left.Count < items.Count;
        }
        bool any = left.Count < items.Count;
        // The way here may have damaged these.
        foreach (PlannedObject item in left.Values)
            any |= await ReceiveAsync(batch, item, progress, cancellationToken);
        return any;
    }

    private async Task<bool> TryKeepAsync(CacheBatch batch, PlannedObject item, ReadOnlyMemory<byte> bytes, Action<long>? progress, CancellationToken cancellationToken)
    {
        try
        {
            long size = await KeepAsync(batch, item, new ReadOnlyMemoryStream(bytes), count => Tell(item, count, progress), cancellationToken);
            tally.Received(size);
            monitor.Finished(item.Key, ObjectOutcome.Done);
            return true;
        }
        catch (ObjectCorruptException)
        {
            return false;
        }
    }

    private async Task<long> ReceiveWholeAsync(CacheBatch batch, PlannedObject item, Action<long> progress, CancellationToken cancellationToken)
    {
        await using Stream source = await remote.OpenReadAsync(new ObjectRequest(item.Key, item.Size), null, cancellationToken);
        return await KeepAsync(batch, item, source, progress, cancellationToken);
    }

    private static async Task<long> KeepAsync(CacheBatch batch, PlannedObject item, Stream source, Action<long> progress, CancellationToken cancellationToken)
    {
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
            item.Key, size, blocks, (range, token) => remote.OpenReadAsync(new ObjectRequest(item.Key, size), range, token), parts.AtOnce, progress, cancellationToken)
            ? size
            : null;
    }

    private void Tell(PlannedObject item, long bytes, Action<long>? progress)
    {
        monitor.Advanced(item.Key, bytes);
        progress?.Invoke(bytes);
    }

    private void Fail(PlannedObject item, DataVersionException error)
    {
        // Whoever hashes what comes does not know where it came from.
        tally.Failed(item.Key, item.Path, error, error is ObjectCorruptException ? ObjectStore.HealHint : null);
        monitor.Finished(item.Key, ObjectOutcome.Failed);
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
