using System.Buffers;
using System.Collections.Concurrent;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;

namespace DataVersion.Transfers;

/// <summary>Reads objects back from a remote, keeps nothing of them, and says which are not what their names say.</summary>
internal sealed class ReadBack(ObjectStore remote, int jobs, ITransferMonitor monitor)
{
    private const int BufferSize = 1024 * 1024;

    /// <summary>Those of <paramref name="objects"/>, which the remote has, that are damaged or cannot be had.</summary>
    /// <exception cref="RemoteException">It cannot be read.</exception>
    public async Task<IReadOnlyCollection<ObjectKey>> FindDamagedAsync(IReadOnlyCollection<PlannedObject> objects, CancellationToken cancellationToken)
    {
        monitor.Begin(Stage.Verify);
        monitor.Planned(objects.Count, objects.Sum(o => o.Size ?? 0));
        IReadOnlyDictionary<ObjectKey, PackedAt> packed = await remote.FindPackedAsync([.. objects.Select(Request)], cancellationToken);
        var damaged = new ConcurrentBag<ObjectKey>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
        IEnumerable<IReadOnlyList<PlannedObject>> units = TransferOrder.ByPack(objects, packed);
        await Parallel.ForEachAsync(TransferOrder.Interleave(units, u => u.Sum(o => o.Size ?? 0)), options, async (unit, token) =>
        {
            // What comes together and is wrong, or is not to be had together, is asked for once more, by itself: the way here may have damaged it.
            foreach (PlannedObject item in packed.ContainsKey(unit[0].Key) ? await ReadPackAsync(unit, packed, token) : unit)
            {
                if (!await IsGoodAsync(item, token) && !await IsGoodAsync(item, token))
                    damaged.Add(item.Key);
                monitor.Finished(item.Key, ObjectOutcome.Done);
            }
        });
        return damaged;
    }

    /// <summary>What of a pack did not come as it should.</summary>
    private async Task<IReadOnlyCollection<PlannedObject>> ReadPackAsync(
        IReadOnlyList<PlannedObject> items, IReadOnlyDictionary<ObjectKey, PackedAt> packed, CancellationToken cancellationToken)
    {
        Dictionary<ObjectKey, PlannedObject> left = items.ToDictionary(o => o.Key);
        try
        {
            await remote.ReadTogetherAsync(items.Select(o => (o.Key, packed[o.Key])), (key, bytes) =>
            {
                if (bytes is not { } came || IdentityHash.Of(key.Id.Kind, came.Span) != key.Id)
                    return ValueTask.CompletedTask;
                left.Remove(key);
                monitor.Advanced(key, came.Length);
                monitor.Finished(key, ObjectOutcome.Done);
                return ValueTask.CompletedTask;
            }, cancellationToken);
        }
        catch (ObjectMissingException)
        {
        }
        return left.Values;
    }

    private async Task<bool> IsGoodAsync(PlannedObject item, CancellationToken cancellationToken)
    {
        if (item.Size > BlockHasher.Threshold)
            monitor.Started(item.Key, item.Path, item.Size.Value);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        using var hash = new IdentityHash(item.Key.Id.Kind);
        long size = 0;
        try
        {
            await using Stream source = await remote.OpenReadAsync(Request(item), null, cancellationToken);
            while (await source.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            {
                hash.Append(buffer.AsSpan(0, count));
                size += count;
                monitor.Advanced(item.Key, count);
            }
            if (hash.Finish() == item.Key.Id)
                return true;
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException)
        {
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        monitor.Advanced(item.Key, -size);
        return false;
    }

    private static ObjectRequest Request(PlannedObject item) => new(item.Key, item.Size);
}
