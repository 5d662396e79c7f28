using System.Collections.Concurrent;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Storage;

namespace DataVersion.Transfers;

/// <summary>One attempt at a push, under one state of the remote's collector.</summary>
internal sealed class PushRun(LocalCache cache, ObjectStore remote, PushSession session, int jobs, ITransferMonitor monitor)
{
    // Roots are worked on together until they have this many objects: many small ones share the parallel phases.
    private const int BatchObjects = 50_000;

    private readonly PushPlanner _planner = new(cache, remote);
    private readonly HashSet<ObjectKey> _there = [];
    private readonly ConcurrentDictionary<ObjectKey, FailedTransfer> _failed = new();
    private readonly List<FailedTransfer> _failedRoots = [];
    private readonly List<RootKey> _receipts = [];
    private long _sent;
    private long _bytes;
    private long _skipped;

    /// <summary>Ask for every object, believing no receipt.</summary>
    public bool Deep { get; init; }

    /// <summary>Roots of which everything is now on the remote.</summary>
    public IReadOnlyList<RootKey> Receipts => _receipts;

    public async Task<TransferResult> RunAsync(IReadOnlyList<RootKey> roots, IReadOnlyList<RootKey> earlier, CancellationToken cancellationToken)
    {
        monitor.Begin(Stage.Check);
        IReadOnlySet<RootKey> covered = await FindCoveredAsync(roots, cancellationToken);
        List<RootKey> open = [.. roots.Where(root => !covered.Contains(root))];
        _skipped += roots.Count - open.Count;
        ILookup<string, RootKey> known = await FindKnownAsync(open, earlier, cancellationToken);
        var batch = new List<(RootKey Root, IReadOnlyList<PlannedObject> Objects)>();
        int planned = 0;
        foreach (RootKey root in open)
        {
            if (await PlanAsync(root, known[root.Path].LastOrDefault(), cancellationToken) is not { } objects)
                continue;
            batch.Add((root, objects));
            planned += objects.Count;
            if (planned >= BatchObjects)
            {
                await SendAsync(batch, cancellationToken);
                batch.Clear();
                planned = 0;
            }
        }
        await SendAsync(batch, cancellationToken);
        return new TransferResult(_sent, _bytes, _skipped, _failedRoots);
    }

    private async Task<IReadOnlySet<RootKey>> FindCoveredAsync(IReadOnlyCollection<RootKey> roots, CancellationToken cancellationToken) =>
        Deep ? new HashSet<RootKey>() : await session.FindCoveredAsync(roots, cancellationToken);

    /// <summary>By path, earlier versions that are on the remote for certain: only what differs from them is looked at.</summary>
    private async Task<ILookup<string, RootKey>> FindKnownAsync(IReadOnlyList<RootKey> open, IReadOnlyList<RootKey> earlier, CancellationToken cancellationToken)
    {
        HashSet<string> paths = [.. open.Select(root => root.Path)];
        List<RootKey> candidates = [.. earlier.Where(root => paths.Contains(root.Path))];
        IReadOnlySet<RootKey> known = await FindCoveredAsync(candidates, cancellationToken);
        return candidates.Where(known.Contains).ToLookup(root => root.Path);
    }

    private async Task<IReadOnlyList<PlannedObject>?> PlanAsync(RootKey root, RootKey? covered, CancellationToken cancellationToken)
    {
        try
        {
            return await _planner.PlanAsync(root, covered, cancellationToken);
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or InvalidFormatException)
        {
            _failedRoots.Add(new FailedTransfer(root.Key.Id.ToString(), root.Path, e.Message, e.Kind));
            return null;
        }
    }

    private async Task SendAsync(List<(RootKey Root, IReadOnlyList<PlannedObject> Objects)> batch, CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
            return;
        List<PlannedObject> all = [.. batch.SelectMany(b => b.Objects).Where(o => !_there.Contains(o.Key)).DistinctBy(o => o.Key)];
        HashSet<ObjectKey> missing = [.. await remote.FindMissingAsync([.. all.Select(o => new ObjectRequest(o.Key, o.Size))], cancellationToken)];
        _skipped += all.Count - missing.Count;
        List<PlannedObject> contents = [.. all.Where(o => o.Key.Kind == ObjectKind.Content && missing.Contains(o.Key))];
        monitor.Begin(Stage.Upload);
        monitor.Planned(missing.Count, contents.Sum(o => o.Size ?? 0));
        FailPoint.Hit("push.before-contents");
        await Parallel.ForEachAsync(TransferOrder.Interleave(contents, o => o.Size ?? 0), Options(cancellationToken), SendOneAsync);
        foreach (PlannedObject there in all.Where(o => !missing.Contains(o.Key)))
            _there.Add(there.Key);
        foreach ((RootKey root, IReadOnlyList<PlannedObject> objects) in batch)
            await FinishRootAsync(root, objects, missing, cancellationToken);
    }

    private async Task FinishRootAsync(RootKey root, IReadOnlyList<PlannedObject> objects, HashSet<ObjectKey> missing, CancellationToken cancellationToken)
    {
        List<FailedTransfer> failed = [.. objects.Select(o => _failed.GetValueOrDefault(o.Key)).OfType<FailedTransfer>()];
        if (failed.Count > 0)
        {
            // No tree and no receipt speaks for what is not whole.
            _failedRoots.AddRange(failed.Select(f => f with { Path = root.Path }));
            return;
        }
        List<PlannedObject> trees = [.. objects.Where(o => o.Key.Kind == ObjectKind.Tree && missing.Contains(o.Key) && !_there.Contains(o.Key))];
        FailPoint.Hit("push.before-trees");
        // The planner lists children before parents; the root's own object is last and goes alone.
        await Parallel.ForEachAsync(trees.SkipLast(1), Options(cancellationToken), SendOneAsync);
        foreach (PlannedObject last in trees.TakeLast(1))
            await SendOneAsync(last, cancellationToken);
        failed = [.. trees.Select(t => _failed.GetValueOrDefault(t.Key)).OfType<FailedTransfer>()];
        if (failed.Count > 0)
        {
            _failedRoots.AddRange(failed);
            return;
        }
        foreach (PlannedObject sent in objects)
        {
            _there.Add(sent.Key);
            _planner.AddWhole(sent.Key);
        }
        _receipts.Add(root);
    }

    private async ValueTask SendOneAsync(PlannedObject item, CancellationToken cancellationToken)
    {
        try
        {
            IContent content = cache.Open(item.Key);
            if (content.Length > BlockHasher.Threshold)
                monitor.Started(item.Key, item.Path, content.Length);
            bool sent = await session.PutAsync(item.Key, content, bytes => monitor.Advanced(item.Key, bytes), cancellationToken);
            Interlocked.Increment(ref sent ? ref _sent : ref _skipped);
            if (sent)
                Interlocked.Add(ref _bytes, content.Length);
            monitor.Finished(item.Key, sent ? ObjectOutcome.Done : ObjectOutcome.Skipped);
        }
        catch (ObjectMissingException e)
        {
            Fail(item, e);
        }
        catch (ObjectCorruptException e)
        {
            // Moves it aside, so that the next pull brings a good one.
            if (cache.Contains(item.Key))
                await cache.VerifyAsync(item.Key, cancellationToken);
            Fail(item, e);
        }
    }

    // One object that is not here, or not what it was, fails its own roots; a remote that fails ends the push.
    private void Fail(PlannedObject item, DataVersionException error)
    {
        _failed[item.Key] = new FailedTransfer(item.Key.Id.ToString(), item.Path, error.Message, error.Kind);
        monitor.Finished(item.Key, ObjectOutcome.Failed);
    }

    private ParallelOptions Options(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
}
