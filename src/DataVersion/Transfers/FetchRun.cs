using System.Collections.Concurrent;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Platform;

namespace DataVersion.Transfers;

/// <summary>One fetch: trees from the root down, each checked against what its parent says of it, then contents, many at once.</summary>
internal sealed class FetchRun
{
    // What an interruption may cost at most: finished objects that are not yet under their names.
    private const long CommitBytes = 256L * 1024 * 1024;

    private readonly LocalCache _cache;
    private readonly ObjectStore _remote;
    private readonly int _jobs;
    private readonly ITransferMonitor _monitor;
    private readonly FetchTally _tally = new();
    private readonly ContentReceiver _receiver;
    private readonly ConcurrentDictionary<ObjectKey, PlannedObject> _contents = new();
    private readonly ConcurrentDictionary<(ObjectId, Declared), bool> _seen = new();

    public FetchRun(LocalCache cache, ObjectStore remote, int jobs, PartOptions parts, ITransferMonitor monitor)
    {
        _cache = cache;
        _remote = remote;
        _jobs = jobs;
        _monitor = monitor;
        _receiver = new ContentReceiver(cache, remote, parts, _tally, monitor);
    }

    /// <summary>The files whose contents are wanted, by tracked path and the path below it; null for all. Trees always are.</summary>
    public Func<string, bool>? Only { get; init; }

    public async Task<TransferResult> RunAsync(IReadOnlyList<WantedRoot> wanted, CancellationToken cancellationToken)
    {
        // Given up last: what they stand for is in the cache by then, as far as it came.
        using DownloadClaims? claims = _cache.TryOpenClaims();
        await using CacheBatch batch = _cache.BeginBatch(cancellationToken);
        try
        {
            _monitor.Begin(Stage.Scan);
            await Parallel.ForEachAsync(wanted, Options(cancellationToken), async (root, token) => await CollectAsync(batch, root, token));
            FailPoint.Hit("fetch.trees-read");
            await ReceiveAllAsync(batch, claims, cancellationToken);
            FailPoint.Hit("fetch.received");
        }
        finally
        {
            // Also when interrupted: what is finished and checked is kept.
            await batch.CommitAsync(CancellationToken.None);
        }
        return _tally.ToResult();
    }

    private async Task CollectAsync(CacheBatch batch, WantedRoot wanted, CancellationToken cancellationToken)
    {
        RootKey root = wanted.Root;
        _remote.Use(root);
        if (root.Key.Kind == ObjectKind.Content)
        {
            if (Only?.Invoke(root.Path) == false)
                return;
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
            _tally.Failed(root.Key, root.Path, e);
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
            // Which files are wanted may depend on the path: then a folder that is there twice is looked at twice.
            await Parallel.ForEachAsync(level.Where(f => Only is not null || _seen.TryAdd((f.Id, f.Declared), true)), Options(cancellationToken), async (folder, token) =>
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
        (byte[] bytes, bool isNew) = await _receiver.ReadSmallOnceAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, cancellationToken);
        if (!isNew)
            return bytes;
        await batch.PutAsync(ObjectKey.Tree(id), bytes, cancellationToken);
        _tally.Received(bytes.Length);
        return bytes;
    }

    private async Task ReceiveAllAsync(CacheBatch batch, DownloadClaims? claims, CancellationToken cancellationToken)
    {
        _monitor.Begin(Stage.Check);
        HashSet<ObjectKey> missing = [.. _cache.FindMissing([.. _contents.Keys])];
        _tally.Skipped(_contents.Count - missing.Count);
        List<PlannedObject> objects = [.. missing.Select(k => _contents[k])];
        _monitor.Begin(Stage.Download);
        _monitor.Planned(objects.Count, objects.Sum(o => o.Size ?? 0));
        await _receiver.LookAsync(objects, cancellationToken);
        if (claims is not null)
        {
            using var downloads = new ClaimedDownloads(_cache, claims, _receiver, _tally, _monitor);
            await downloads.RunAsync(batch, ClaimedUnit.Group(objects, _receiver.Packed), _jobs, cancellationToken);
            return;
        }
        long sinceCommit = 0;
        // Objects that lie alone are received alone here: nothing is claimed, so nothing else holds them together.
        IEnumerable<IReadOnlyList<PlannedObject>> units = TransferOrder.ByPack(objects, _receiver.Packed);
        await Parallel.ForEachAsync(TransferOrder.Interleave(units, u => u.Sum(o => o.Size ?? 0)), Options(cancellationToken), async (unit, token) =>
        {
            await _receiver.ReceiveAllAsync(batch, unit, null, token);
            if (Interlocked.Add(ref sinceCommit, unit.Sum(o => o.Size ?? 0)) >= CommitBytes)
            {
                Interlocked.Exchange(ref sinceCommit, 0);
                await batch.CommitAsync(token);
            }
        });
    }

    private void WantEntry(TreeEntry entry, string path)
    {
        if (Only?.Invoke(path) == false)
            return;
        if (!entry.BlocksId.IsEmpty)
            Want(ObjectKey.Content(entry.BlocksId), BlockHasher.ListSize(entry.Size), path);
        Want(entry.Key, entry.Size, path, entry.BlocksId.IsEmpty ? null : entry.BlocksId);
    }

    private void Want(ObjectKey key, long? size, string path, ObjectId? blocks = null)
    {
        PlannedObject first = _contents.GetOrAdd(key, new PlannedObject(key, size, path, blocks));
        // The bytes are fetched once and can have one size only: a tree that says two lies.
        if (first.Size != size && first.Size is { } one && size is { } other)
            _tally.Failed(key, path, new ObjectCorruptException(key.Id.ToString(), $"said to be {one} bytes ('{first.Path}') and {other} bytes ('{path}')", "in its tree"));
    }

    private ParallelOptions Options(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = _jobs, CancellationToken = cancellationToken };

    private readonly record struct FolderToRead(ObjectId Id, Declared Declared, string Inside);
}
