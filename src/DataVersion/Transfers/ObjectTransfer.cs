using DataVersion.Caching;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Transfers;

/// <summary>Moves objects between a cache and a remote: contents first, then trees, then the receipt that says so.</summary>
public sealed class ObjectTransfer(LocalCache cache, ObjectStore remote, TransferOptions options, ITransferMonitor monitor)
{
    private const int MaxAttempts = 3;
    private const int MostJobs = 64;

    private int Jobs => options.Jobs ?? Math.Clamp(remote.Traits.Connections, 1, MostJobs);

    /// <summary>Sends what the remote lacks of <paramref name="roots"/>.</summary>
    /// <param name="roots">What pointers name.</param>
    /// <param name="earlier">Roots that were pushed before, where known: their receipts spare asking for what did not change.</param>
    /// <param name="cancellationToken">Stops after the objects under way; what was sent stays sent.</param>
    public async Task<TransferResult> PushAsync(IReadOnlyList<RootKey> roots, IReadOnlyList<RootKey> earlier, CancellationToken cancellationToken)
    {
        bool deep = options.Deep || options.Verify;
        // What is compressed lies there until it is sent: a push that was killed has left as much as its largest objects.
        if (remote.Format.Zstd)
            cache.RemoveLeftovers();
        for (int attempt = 1; ; attempt++)
        {
            PartOptions parts = options.Parts with { TempDirectory = options.Parts.TempDirectory ?? cache.Layout.Temporary };
            PushSession session = await remote.BeginPushAsync(parts, cancellationToken);
            if (attempt == 1 && options.Now is { } now)
                await session.ExpireUploadsAsync(now, cancellationToken);
            var push = new PushRun(cache, remote, session, Jobs, monitor) { Deep = deep, Verify = options.Verify };
            TransferResult result = await push.RunAsync(roots, earlier, cancellationToken);
            FailPoint.Hit("push.before-receipt");
            if (await session.CommitAsync(push.Receipts, cancellationToken))
                return result;
            // A collector began or ended its work meanwhile: what was inferred may be gone, so everything is asked for.
            if (attempt == MaxAttempts)
                throw new RemoteException(remote.Name, "its garbage collection kept changing state while this push ran", "push again when the collection has ended");
            deep = true;
        }
    }

    /// <summary>Brings what the cache lacks of <paramref name="wanted"/>.</summary>
    public Task<TransferResult> FetchAsync(IReadOnlyList<WantedRoot> wanted, CancellationToken cancellationToken) =>
        new FetchRun(cache, remote, Jobs, options.Parts, monitor).RunAsync(wanted, cancellationToken);

    /// <summary>Brings what the cache lacks of a part of <paramref name="wanted"/>: all trees, and the contents of some files.</summary>
    /// <param name="wanted">Roots under paths of their own.</param>
    /// <param name="only">Says, by tracked path and the path below it, which files. Called by several threads.</param>
    /// <param name="cancellationToken">Stops; what is finished is kept.</param>
    public Task<TransferResult> FetchAsync(IReadOnlyList<WantedRoot> wanted, Func<string, bool> only, CancellationToken cancellationToken) =>
        new FetchRun(cache, remote, Jobs, options.Parts, monitor) { Only = only }.RunAsync(wanted, cancellationToken);

    /// <summary>The roots of which the remote lacks something.</summary>
    public async Task<IReadOnlyList<RootKey>> FindIncompleteAsync(IReadOnlyList<RootKey> roots, CancellationToken cancellationToken)
    {
        monitor.Begin(Stage.Check);
        var planner = new PushPlanner(cache, remote);
        var incomplete = new List<RootKey>();
        IReadOnlySet<RootKey> covered = await FindCoveredAsync(roots, cancellationToken);
        foreach (RootKey root in roots.Where(r => !covered.Contains(r)))
        {
            try
            {
                remote.Use(root);
                PushPlan plan = await planner.PlanAsync(root, null, cancellationToken);
                IReadOnlyList<ObjectKey> missing = await remote.FindMissingAsync([.. plan.Objects.Select(o => new ObjectRequest(o.Key, o.Size))], cancellationToken);
                if (missing.Count > 0)
                    incomplete.Add(root);
            }
            catch (ObjectMissingException)
            {
                // Neither a receipt there nor the trees here: nothing shows that it is whole.
                incomplete.Add(root);
            }
        }
        return incomplete;
    }

    // A mirror whose names cannot be listed has receipts that cannot be found.
    private async Task<IReadOnlySet<RootKey>> FindCoveredAsync(IReadOnlyList<RootKey> roots, CancellationToken cancellationToken) =>
        remote.Traits.Listable
            ? await (await remote.BeginPushAsync(cancellationToken)).FindCoveredAsync(roots, cancellationToken)
            : new HashSet<RootKey>();
}
