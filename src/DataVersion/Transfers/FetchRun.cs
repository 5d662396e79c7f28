using System.Collections.Concurrent;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Transfers;

/// <summary>One fetch: trees from the root down, each checked against what its parent says of it, then contents, many at once.</summary>
internal sealed class FetchRun(LocalCache cache, ObjectStore remote, int jobs, PartOptions parts, ITransferMonitor monitor)
{
    // What an interruption may cost at most: finished objects that are not yet under their names.
    private const long CommitBytes = 256L * 1024 * 1024;
    // 5 TB has one of 20 MB.
    private const long MaxBlockList = 64L * 1024 * 1024;

    private readonly ConcurrentBag<FailedTransfer> _failed = [];
    private readonly ConcurrentDictionary<ObjectKey, PlannedObject> _contents = new();
    private readonly ConcurrentDictionary<(ObjectId, Declared), bool> _seen = new();
    private long _received;
    private long _bytes;
    private long _skipped;

    public async Task<TransferResult> RunAsync(IReadOnlyList<WantedRoot> wanted, CancellationToken cancellationToken)
    {
        await using CacheBatch batch = cache.BeginBatch(cancellationToken);
        try
        {
            monitor.Begin(Stage.Scan);
            await Parallel.ForEachAsync(wanted, Options(cancellationToken), async (root, token) => await CollectAsync(batch, root, token));
            FailPoint.Hit("fetch.trees-read");
            await ReceiveAllAsync(batch, cancellationToken);
            FailPoint.Hit("fetch.received");
        }
        finally
        {
            // Also when interrupted: what is finished and checked is kept.
            await batch.CommitAsync(CancellationToken.None);
        }
        return new TransferResult(_received, _bytes, _skipped, [.. _failed.OrderBy(f => f.Path, StringComparer.Ordinal)]);
    }

    private async Task CollectAsync(CacheBatch batch, WantedRoot wanted, CancellationToken cancellationToken)
    {
        RootKey root = wanted.Root;
        if (root.Key.Kind == ObjectKind.Content)
        {
            if (root.Blocks is { } blocks)
                Want(ObjectKey.Content(blocks), BlockHasher.ListSize(root.Size), root.Path);
            Want(root.Key, root.Size, root.Path, root.Blocks);
            return;
        }
        var trees = new TreeReader((id, token) => ReadTreeAsync(batch, id, token)) { Budget = new TreeBudget() };
        try
        {
            var start = new FolderToRead(root.Key.Id, new Declared(root.Size, root.Files), wanted.Inside);
            if (wanted.Inside.Length > 0)
            {
                TreeEntry entry = await trees.FindAsync(root.Key.Id, wanted.Inside, cancellationToken)
                    ?? throw new UsageException($"'{root.Path}' holds no '{PathRules.Printable(wanted.Inside)}'");
                if (!entry.IsDirectory)
                {
                    WantEntry(entry, $"{root.Path}/{wanted.Inside}");
                    return;
                }
                start = new FolderToRead(entry.Id, new Declared(entry.Size, entry.Files), wanted.Inside);
            }
            await CollectFolderAsync(trees, start, root.Path, cancellationToken);
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or InvalidFormatException or RemoteException { IsDenied: true })
        {
            Fail(root.Key, root.Path, e);
        }
    }

    private async Task CollectFolderAsync(TreeReader trees, FolderToRead start, string root, CancellationToken cancellationToken)
    {
        // Level by level, so that the latency of one folder hides behind the others'.
        List<FolderToRead> level = [start];
        while (level.Count > 0)
        {
            var next = new ConcurrentBag<FolderToRead>();
            // Versions of one dataset share most of their folders; a limit that only another version's path would break is found at placing.
            await Parallel.ForEachAsync(level.Where(f => _seen.TryAdd((f.Id, f.Declared), true)), Options(cancellationToken), async (folder, token) =>
            {
                foreach (TreeEntry entry in await trees.ReadAsync(folder.Id, folder.Declared, folder.Inside, token))
                {
                    string path = folder.Inside.Length == 0 ? entry.Name : $"{folder.Inside}/{entry.Name}";
                    if (entry.IsDirectory)
                        next.Add(new FolderToRead(entry.Id, new Declared(entry.Size, entry.Files), path));
                    else
                        WantEntry(entry, $"{root}/{path}");
                }
            });
            level = [.. next];
        }
    }

    private async Task<byte[]> ReadTreeAsync(CacheBatch batch, ObjectId id, CancellationToken cancellationToken)
    {
        (byte[] bytes, bool isNew) = await ReadSmallOnceAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, cancellationToken);
        if (!isNew)
            return bytes;
        await batch.PutAsync(ObjectKey.Tree(id), bytes, cancellationToken);
        Interlocked.Increment(ref _received);
        Interlocked.Add(ref _bytes, bytes.Length);
        return bytes;
    }

    private async Task<(byte[] Bytes, bool IsNew)> ReadSmallOnceAsync(ObjectKey key, int maxBytes, CancellationToken cancellationToken)
    {
        if (cache.Contains(key))
        {
            try
            {
                return (await cache.ReadSmallAsync(key, maxBytes, cancellationToken), false);
            }
            catch (DataVersionException e) when (e is ObjectCorruptException or ObjectMissingException)
            {
                // The remote has a good one; the cache has put the bad one aside.
            }
        }
        return (await TwiceAsync(() => remote.ReadSmallAsync(key, maxBytes, cancellationToken)), true);
    }

    private async Task ReceiveAllAsync(CacheBatch batch, CancellationToken cancellationToken)
    {
        monitor.Begin(Stage.Check);
        HashSet<ObjectKey> missing = [.. cache.FindMissing([.. _contents.Keys])];
        _skipped += _contents.Count - missing.Count;
        List<PlannedObject> objects = [.. missing.Select(k => _contents[k])];
        monitor.Begin(Stage.Download);
        monitor.Planned(objects.Count, objects.Sum(o => o.Size ?? 0));
        long sinceCommit = 0;
        await Parallel.ForEachAsync(TransferOrder.Interleave(objects, o => o.Size ?? 0), Options(cancellationToken), async (item, token) =>
        {
            await ReceiveOneAsync(batch, item, token);
            if (Interlocked.Add(ref sinceCommit, item.Size ?? 0) >= CommitBytes)
            {
                Interlocked.Exchange(ref sinceCommit, 0);
                await batch.CommitAsync(token);
            }
        });
    }

    private async Task ReceiveOneAsync(CacheBatch batch, PlannedObject item, CancellationToken cancellationToken)
    {
        if (item.Size > parts.Threshold)
            monitor.Started(item.Key, item.Path, item.Size.Value);
        try
        {
            long bytes = await TryReceiveRangesAsync(batch, item, cancellationToken)
                ?? await TwiceAsync(() => ReceiveWholeAsync(batch, item, cancellationToken));
            Interlocked.Increment(ref _received);
            Interlocked.Add(ref _bytes, bytes);
            monitor.Finished(item.Key, ObjectOutcome.Done);
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or RemoteException { IsDenied: true })
        {
            Fail(item.Key, item.Path, e);
            monitor.Finished(item.Key, ObjectOutcome.Failed);
        }
    }

    /// <summary>What comes corrupt is asked for once more: the way here may have damaged it.</summary>
    private static async Task<T> TwiceAsync<T>(Func<Task<T>> receive)
    {
        try
        {
            return await receive();
        }
        catch (ObjectCorruptException)
        {
            return await receive();
        }
    }

    private async Task<long> ReceiveWholeAsync(CacheBatch batch, PlannedObject item, CancellationToken cancellationToken)
    {
        await using Stream source = await remote.OpenReadAsync(item.Key, null, cancellationToken);
        long size = 0;
        try
        {
            await batch.ReceiveAsync(item.Key, item.Size, source, bytes =>
            {
                size += bytes;
                monitor.Advanced(item.Key, bytes);
            }, cancellationToken);
            return size;
        }
        catch (ObjectCorruptException)
        {
            monitor.Advanced(item.Key, -size);
            throw;
        }
    }

    /// <summary>The object's size; null where it does not go in ranges: it is small, has no block list, or is being received by another process.</summary>
    private async Task<long?> TryReceiveRangesAsync(CacheBatch batch, PlannedObject item, CancellationToken cancellationToken)
    {
        if (item.Blocks is not { } list || item.Size is not { } size || size <= parts.Threshold || remote.Traits.IsLocal)
            return null;
        byte[]? blocks = await ReadBlockListAsync(ObjectKey.Content(list), size, cancellationToken);
        if (blocks is null)
            return null;
        return await batch.TryReceiveRangesAsync(
            item.Key, size, blocks, (range, token) => remote.OpenReadAsync(item.Key, range, token), parts.AtOnce, bytes => monitor.Advanced(item.Key, bytes), cancellationToken)
            ? size
            : null;
    }

    private async Task<byte[]?> ReadBlockListAsync(ObjectKey key, long size, CancellationToken cancellationToken)
    {
        long length = BlockHasher.ListSize(size)!.Value;
        if (length > MaxBlockList)
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

    private void WantEntry(TreeEntry entry, string path)
    {
        if (!entry.BlocksId.IsEmpty)
            Want(ObjectKey.Content(entry.BlocksId), BlockHasher.ListSize(entry.Size), path);
        Want(entry.Key, entry.Size, path, entry.BlocksId.IsEmpty ? null : entry.BlocksId);
    }

    private void Want(ObjectKey key, long? size, string path, ObjectId? blocks = null)
    {
        PlannedObject first = _contents.GetOrAdd(key, new PlannedObject(key, size, path, blocks));
        // The bytes are fetched once and can have one size only: a tree that says two lies.
        if (first.Size != size && first.Size is { } one && size is { } other)
            Fail(key, path, new ObjectCorruptException(key.Id.ToString(), $"said to be {one} bytes ('{first.Path}') and {other} bytes ('{path}')", "in its tree"));
    }

    private void Fail(ObjectKey key, string path, DataVersionException error) => _failed.Add(new FailedTransfer(key.Id.ToString(), path, error.Message, error.Kind));

    private ParallelOptions Options(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };

    private readonly record struct FolderToRead(ObjectId Id, Declared Declared, string Inside);
}
