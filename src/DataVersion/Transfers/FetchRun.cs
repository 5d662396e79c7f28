using System.Collections.Concurrent;
using DataVersion.Caching;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Transfers;

/// <summary>One fetch: trees from the root down, each checked against what its parent says of it, then contents, many at once.</summary>
internal sealed class FetchRun(LocalCache cache, ObjectStore remote, int jobs, ITransferMonitor monitor)
{
    // What an interruption may cost at most: finished objects that are not yet under their names.
    private const long CommitBytes = 256L * 1024 * 1024;

    private readonly ConcurrentBag<FailedTransfer> _failed = [];
    private readonly ConcurrentDictionary<ObjectKey, PlannedObject> _contents = new();
    private long _received;
    private long _bytes;
    private long _skipped;

    public async Task<TransferResult> RunAsync(IReadOnlyList<WantedRoot> wanted, CancellationToken cancellationToken)
    {
        await using CacheBatch batch = cache.BeginBatch(cancellationToken);
        try
        {
            monitor.Begin(Stage.Scan);
            foreach (WantedRoot root in wanted)
                await CollectAsync(batch, root, cancellationToken);
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
                Want(ObjectKey.Content(blocks), null, root.Path);
            Want(root.Key, root.Size, root.Path);
            return;
        }
        var trees = new TreeReader((id, token) => ReadTreeAsync(batch, id, token));
        try
        {
            var entry = new TreeEntry { Kind = TreeEntryKind.Directory, Name = root.Path, Id = root.Key.Id, Size = root.Size, Files = root.Files ?? 0 };
            TreeEntry? start = entry;
            if (wanted.Inside.Length > 0)
            {
                start = await trees.FindAsync(root.Key.Id, wanted.Inside, cancellationToken)
                    ?? throw new UsageException($"'{root.Path}' holds no '{wanted.Inside}'");
            }
            await CollectFolderAsync(trees, start, root.Path, wanted.Inside, cancellationToken);
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or InvalidFormatException)
        {
            _failed.Add(new FailedTransfer(root.Key.Id.ToString(), root.Path, e.Message, e.Kind));
        }
    }

    private async Task CollectFolderAsync(TreeReader trees, TreeEntry start, string root, string inside, CancellationToken cancellationToken)
    {
        if (!start.IsDirectory)
        {
            WantEntry(start, $"{root}/{inside}");
            return;
        }
        // Level by level, so that the latency of one folder hides behind the others'.
        List<(TreeEntry Folder, string Inside)> level = [(start, inside)];
        while (level.Count > 0)
        {
            var next = new ConcurrentBag<(TreeEntry, string)>();
            await Parallel.ForEachAsync(level, Options(cancellationToken), async (item, token) =>
            {
                IReadOnlyList<TreeEntry> entries = await trees.ReadAsync(item.Folder.Id, new Declared(item.Folder.Size, item.Folder.Files), item.Inside, token);
                foreach (TreeEntry entry in entries)
                {
                    string path = item.Inside.Length == 0 ? entry.Name : $"{item.Inside}/{entry.Name}";
                    if (entry.IsDirectory)
                        next.Add((entry, path));
                    else
                        WantEntry(entry, $"{root}/{path}");
                }
            });
            level = [.. next];
        }
    }

    private async Task<byte[]> ReadTreeAsync(CacheBatch batch, Hashing.ObjectId id, CancellationToken cancellationToken)
    {
        ObjectKey key = ObjectKey.Tree(id);
        if (cache.Contains(key))
        {
            try
            {
                return await cache.ReadSmallAsync(key, TreeLimits.MaxTreeBytes, cancellationToken);
            }
            catch (DataVersionException e) when (e is ObjectCorruptException or ObjectMissingException)
            {
                // The remote has a good one; the cache has put the bad one aside.
            }
        }
        byte[] bytes = await remote.ReadSmallAsync(key, TreeLimits.MaxTreeBytes, cancellationToken);
        await batch.PutAsync(key, bytes, cancellationToken);
        Interlocked.Increment(ref _received);
        Interlocked.Add(ref _bytes, bytes.Length);
        return bytes;
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
        try
        {
            await using Stream source = await remote.OpenReadAsync(item.Key, null, cancellationToken);
            long size = 0;
            await batch.ReceiveAsync(item.Key, item.Size, source, bytes =>
            {
                size += bytes;
                monitor.Advanced(item.Key, bytes);
            }, cancellationToken);
            Interlocked.Increment(ref _received);
            Interlocked.Add(ref _bytes, size);
            monitor.Finished(item.Key, ObjectOutcome.Done);
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException)
        {
            _failed.Add(new FailedTransfer(item.Key.Id.ToString(), item.Path, e.Message, e.Kind));
            monitor.Finished(item.Key, ObjectOutcome.Failed);
        }
    }

    private void WantEntry(TreeEntry entry, string path)
    {
        if (!entry.BlocksId.IsEmpty)
            Want(ObjectKey.Content(entry.BlocksId), BlockListSize(entry.Size), path);
        Want(entry.Key, entry.Size, path);
    }

    private static long? BlockListSize(long? size) => size is { } bytes ? Hashing.BlockHasher.CountBlocks(bytes) * 32 : null;

    private void Want(ObjectKey key, long? size, string path) => _contents.TryAdd(key, new PlannedObject(key, size, path));

    private ParallelOptions Options(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
}
