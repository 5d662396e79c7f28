using System.Collections.Concurrent;
using DataVersion.Caching;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Platform;

namespace DataVersion.Transfers;

/// <summary>One attempt at a push, under one state of the remote's collector.</summary>
internal sealed class PushRun(LocalCache cache, ObjectStore remote, PushSession session, int jobs, ITransferMonitor monitor)
{
    private readonly PushPlanner _planner = new(cache, remote);
    private readonly ObjectSender _sender = new(cache, session, monitor);
    private readonly HashSet<ObjectKey> _there = [];
    private readonly List<FailedTransfer> _failedRoots = [];
    private readonly List<RootKey> _receipts = [];
    private long _skipped;
    private long _verified;
    private long _damaged;

    /// <summary>Ask for every object, believing no receipt.</summary>
    public bool Deep { get; init; }

    /// <summary>Read back what is there, and send it again where it is damaged. Goes with <see cref="Deep"/>.</summary>
    public bool Verify { get; init; }

    /// <summary>Roots are worked on together until they have this many objects: many small ones share the parallel phases.</summary>
    public int BatchObjects { get; init; } = 50_000;

    /// <summary>Roots of which everything is now on the remote.</summary>
    public IReadOnlyList<RootKey> Receipts => _receipts;

    public async Task<TransferResult> RunAsync(IReadOnlyList<RootKey> roots, IReadOnlyList<RootKey> earlier, CancellationToken cancellationToken)
    {
        monitor.Begin(Stage.Check);
        if (Deep)
            remote.IgnoreCopies();
        IReadOnlySet<RootKey> covered = await FindCoveredAsync(roots, cancellationToken);
        List<RootKey> open = [.. roots.Where(root => !covered.Contains(root))];
        _skipped += roots.Count - open.Count;
        ILookup<string, RootKey> known = await FindKnownAsync(open, earlier, cancellationToken);
        var batch = new List<(RootKey Root, PushPlan Plan)>();
        int planned = 0;
        foreach (RootKey root in open)
        {
            if (await PlanAsync(root, known[root.Path].LastOrDefault(), cancellationToken) is not { } plan)
                continue;
            batch.Add((root, plan));
            planned += plan.Objects.Count;
            if (planned >= BatchObjects)
            {
                await SendAsync(batch, cancellationToken);
                batch.Clear();
                planned = 0;
            }
        }
        await SendAsync(batch, cancellationToken);
        return new TransferResult(_sender.Sent, _sender.Bytes, _skipped + _sender.Skipped, _failedRoots) { Verified = Verify ? _verified : null, Damaged = _damaged };
    }

    private async Task<IReadOnlySet<RootKey>> FindCoveredAsync(IReadOnlyCollection<RootKey> roots, CancellationToken cancellationToken) =>
        Deep ? new HashSet<RootKey>() : await session.FindCoveredAsync(roots, cancellationToken);

    /// <summary>By path, earlier versions that are on the remote for certain: only what differs from them is looked at.</summary>
    private async Task<ILookup<string, RootKey>> FindKnownAsync(IReadOnlyList<RootKey> open, IReadOnlyList<RootKey> earlier, CancellationToken cancellationToken)
    {
        HashSet<string> paths = [.. open.Select(root => root.Path)];
        List<RootKey> candidates = [.. earlier.Where(root => paths.Contains(root.Path))];
        candidates.FindAll(root => root.Key.Kind == ObjectKind.Tree).ForEach(remote.Use);
        // What an earlier push has sent and nobody vouches for any more.
        if (Deep || session.HasCollected)
            open.ToList().ForEach(remote.Use);
        IReadOnlySet<RootKey> known = await FindCoveredAsync(candidates, cancellationToken);
        var usable = new ConcurrentDictionary<RootKey, bool>();
        await Parallel.ForEachAsync(known, Options(cancellationToken), async (root, token) =>
        {
            // A folder is always packed, in part at least.
            if (session.Packs is not { } packs || (root.Key.Kind == ObjectKind.Tree && await packs.CanReferToAsync(root, token)))
                usable[root] = true;
        });
        return candidates.Where(usable.ContainsKey).ToLookup(root => root.Path);
    }

    private async Task<PushPlan?> PlanAsync(RootKey root, RootKey? covered, CancellationToken cancellationToken)
    {
        try
        {
            return await _planner.PlanAsync(root, covered, cancellationToken);
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or InvalidFormatException)
        {
            _failedRoots.Add(new FailedTransfer(root.Key, root.Path, e));
            return null;
        }
    }

    private async Task SendAsync(List<(RootKey Root, PushPlan Plan)> batch, CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
            return;
        List<PlannedObject> all = [.. batch.SelectMany(b => b.Plan.Objects).Where(o => Verify || !_there.Contains(o.Key)).DistinctBy(o => o.Key)];
        HashSet<ObjectKey> missing = await FindMissingAsync(all, cancellationToken);
        // What shares a pack with something damaged was good when an earlier root was looked at, and goes again.
        _there.ExceptWith(missing);
        _skipped += all.Count - missing.Count;
        List<PlannedObject> contents = [.. all.Where(o => o.Key.Kind == ObjectKind.Content && missing.Contains(o.Key))];
        monitor.Begin(Stage.Upload);
        monitor.Planned(missing.Count, contents.Sum(o => o.Size ?? 0));
        FailPoint.Hit("push.before-contents");
        await SendUnitsAsync(PushUnit.Group(contents, session.Packs is not null), cancellationToken);
        foreach (PlannedObject there in all.Where(o => !missing.Contains(o.Key)))
            _there.Add(there.Key);
        if (session.Packs is { } packs)
        {
            // Trees of all roots lie together, too: what speaks for them is their catalogs.
            FailPoint.Hit("push.before-trees");
            List<PlannedObject> trees = TreesToSend(batch.Where(b => FailedOf(b.Plan.Objects).Count == 0).SelectMany(b => b.Plan.Objects), missing);
            await SendUnitsAsync(PushUnit.Group(trees, true), cancellationToken);
            FailPoint.Hit("push.before-indexes");
            await packs.ListAsync(cancellationToken);
            foreach (PlannedObject tree in trees.Where(t => _sender.FailureOf(t.Key) is null))
                _there.Add(tree.Key);
        }
        foreach ((RootKey root, PushPlan plan) in batch)
            await FinishRootAsync(root, plan, missing, cancellationToken);
    }

    private async Task<HashSet<ObjectKey>> FindMissingAsync(List<PlannedObject> objects, CancellationToken cancellationToken)
    {
        List<ObjectRequest> requests = [.. objects.Select(o => new ObjectRequest(o.Key, o.Size))];
        HashSet<ObjectKey> missing = [.. await remote.FindMissingAsync(requests, Deep, cancellationToken)];
        if (Verify)
            missing.UnionWith(await FindDamagedAsync([.. objects.Where(o => !missing.Contains(o.Key))], cancellationToken));
        if (Deep || session.Packs is null)
            return missing;
        // What is not here cannot be sent again: then it counts whether it is there.
        HashSet<ObjectKey> nowhere = [.. cache.FindMissing([.. missing])];
        if (nowhere.Count > 0)
        {
            missing.ExceptWith(nowhere);
            missing.UnionWith(await remote.FindMissingAsync(requests.FindAll(o => nowhere.Contains(o.Key)), thorough: true, cancellationToken));
        }
        return missing;
    }

    private async Task<IReadOnlySet<ObjectKey>> FindDamagedAsync(List<PlannedObject> there, CancellationToken cancellationToken)
    {
        IReadOnlyCollection<ObjectKey> damaged = await new ReadBack(remote, jobs, monitor).FindDamagedAsync(there, cancellationToken);
        _verified += there.Count;
        _damaged += damaged.Count;
        IReadOnlySet<ObjectKey> again = await remote.NoteDamagedAsync(damaged, [.. there.Select(o => o.Key)], cancellationToken);
        _sender.NoteDamaged(again);
        return again;
    }

    private Task SendUnitsAsync(IReadOnlyList<PushUnit> units, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(TransferOrder.Interleave(units, u => u.Bytes), Options(cancellationToken), _sender.SendAsync);

    private List<FailedTransfer> FailedOf(IEnumerable<PlannedObject> objects) => [.. objects.Select(o => _sender.FailureOf(o.Key)).OfType<FailedTransfer>()];

    private List<PlannedObject> TreesToSend(IEnumerable<PlannedObject> objects, HashSet<ObjectKey> missing) =>
        [.. objects.Where(o => o.Key.Kind == ObjectKind.Tree && missing.Contains(o.Key) && !_there.Contains(o.Key)).DistinctBy(o => o.Key)];

    private async Task FinishRootAsync(RootKey root, PushPlan plan, HashSet<ObjectKey> missing, CancellationToken cancellationToken)
    {
        List<FailedTransfer> failed = FailedOf(plan.Objects);
        if (failed.Count > 0)
        {
            // No tree and no receipt speaks for what is not whole.
            _failedRoots.AddRange(failed.Select(f => f with { Path = root.Path }));
            return;
        }
        List<PlannedObject> trees = TreesToSend(plan.Objects, missing);
        FailPoint.Hit("push.before-trees");
        // The planner lists children before parents; the root's own object is last and goes alone.
        await SendUnitsAsync(PushUnit.Group(trees.SkipLast(1), false), cancellationToken);
        await SendUnitsAsync(PushUnit.Group(trees.TakeLast(1), false), cancellationToken);
        failed = FailedOf(trees);
        if (failed.Count > 0)
        {
            _failedRoots.AddRange(failed);
            return;
        }
        foreach (PlannedObject sent in plan.Objects)
        {
            _there.Add(sent.Key);
            // Of an earlier root only its own objects were read: an index that it names may list what is found to be damaged later.
            if (!Verify)
                _planner.AddWhole(sent.Key, root);
        }
        if (session.Packs is { } packs)
        {
            await packs.DescribeAsync(root, plan.Objects.Select(o => o.Key), plan.Others, cancellationToken);
            if (plan.Others.Count > 0 && packs.IsBloated(root))
                await PruneAsync(packs, root, cancellationToken);
        }
        _receipts.Add(root);
    }

    private async Task PruneAsync(PackPush packs, RootKey root, CancellationToken cancellationToken)
    {
        try
        {
            PushPlan all = await new PushPlanner(cache, remote).PlanAsync(root, null, cancellationToken);
            await packs.PruneAsync(root, all.Objects.Select(o => o.Key), cancellationToken);
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or InvalidFormatException)
        {
            // Trees that are not here, and cannot be read there just now: more is named than need be.
        }
    }

    private ParallelOptions Options(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
}
