using System.Collections.Concurrent;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Storage;

namespace DataVersion.Transfers;

/// <summary>Sends objects out of the cache. That one cannot be had is noted, and fails nothing else; a remote that fails ends the push.</summary>
internal sealed class ObjectSender(LocalCache cache, PushSession session, ITransferMonitor monitor)
{
    private readonly ConcurrentDictionary<ObjectKey, FailedTransfer> _failed = new();
    private readonly HashSet<ObjectKey> _damaged = [];
    private long _sent;
    private long _bytes;
    private long _skipped;

    /// <summary>Number of objects that were sent.</summary>
    public long Sent => _sent;

    /// <summary>Their bytes.</summary>
    public long Bytes => _bytes;

    /// <summary>Number of objects that turned out to be there.</summary>
    public long Skipped => _skipped;

    /// <summary>Why an object was not sent; null where nothing is wrong with it.</summary>
    public FailedTransfer? FailureOf(ObjectKey key) => _failed.GetValueOrDefault(key);

    /// <summary>Notes what has to be replaced on the remote: where it cannot be sent from here, that is what there is to say of it.</summary>
    public void NoteDamaged(IEnumerable<ObjectKey> keys) => _damaged.UnionWith(keys);

    /// <summary>Sends what goes together.</summary>
    public async ValueTask SendAsync(PushUnit unit, CancellationToken cancellationToken)
    {
        if (unit.Packed)
            await SendPackAsync(unit, cancellationToken);
        else
            await SendOneAsync(unit.Objects[0], cancellationToken);
    }

    private Task SendOneAsync(PlannedObject item, CancellationToken cancellationToken) => TryAsync(item, async () =>
    {
        IContent content = cache.Open(item.Key);
        if (content.Length > BlockHasher.Threshold)
            monitor.Started(item.Key, item.Path, content.Length);
        bool sent = await session.PutAsync(item.Key, content, bytes => monitor.Advanced(item.Key, bytes), cancellationToken);
        Count(item, content.Length, sent);
    }, cancellationToken);

    private async Task SendPackAsync(PushUnit unit, CancellationToken cancellationToken)
    {
        using PackBuilder pack = session.Packs!.Begin();
        var packed = new List<(PlannedObject Item, long Size)>();
        foreach (PlannedObject item in unit.Objects)
        {
            await TryAsync(item, async () =>
            {
                IContent content = cache.Open(item.Key);
                if (content.Length > PackLimits.MaxObject)
                {
                    // Its tree says that it is small; whoever reads that finds it by itself.
                    await SendOneAsync(item, cancellationToken);
                    return;
                }
                await pack.AddAsync(item.Key, content, cancellationToken);
                packed.Add((item, content.Length));
            }, cancellationToken);
        }
        if (packed.Count == 0)
            return;
        bool sent = await session.Packs!.PutAsync(pack, unit.Trees, cancellationToken);
        foreach ((PlannedObject item, long size) in packed)
        {
            monitor.Advanced(item.Key, size);
            Count(item, size, sent);
        }
    }

    private void Count(PlannedObject item, long size, bool sent)
    {
        Interlocked.Increment(ref sent ? ref _sent : ref _skipped);
        if (sent)
            Interlocked.Add(ref _bytes, size);
        monitor.Finished(item.Key, sent ? ObjectOutcome.Done : ObjectOutcome.Skipped);
    }

    private async Task TryAsync(PlannedObject item, Func<Task> send, CancellationToken cancellationToken)
    {
        try
        {
            await send();
        }
        catch (ObjectMissingException e)
        {
            Fail(item, _damaged.Contains(item.Key) ? CannotReplace(item.Key) : e);
        }
        catch (ObjectCorruptException e)
        {
            // Moves it aside, so that the next pull brings a good one.
            if (cache.Contains(item.Key))
                await cache.VerifyAsync(item.Key, cancellationToken);
            Fail(item, e);
        }
    }

    private static DataVersionException CannotReplace(ObjectKey key) =>
        new(ErrorKind.Corrupt, $"object {key.Id} is damaged on the remote, or lies in a damaged pack, and the cache here has no copy to replace it");

    private void Fail(PlannedObject item, DataVersionException error)
    {
        _failed[item.Key] = new FailedTransfer(item.Key, item.Path, error);
        monitor.Finished(item.Key, ObjectOutcome.Failed);
    }
}
