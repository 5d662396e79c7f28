using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>Fetch, then checkout: brings the workspace to what the pointers name.</summary>
public sealed class Pull(Repository repository, ITransferMonitor monitor)
{
    /// <summary>Runs the command. What cannot be fetched does not keep the rest from being placed.</summary>
    public async Task<PullResult> RunAsync(TransferRequest request, CancellationToken cancellationToken)
    {
        TransferResult transfer = await FetchWhatIsMissingAsync(request, cancellationToken);
        if (request.Shard is not null && transfer.Shard is null)
            return new PullResult(transfer, new CheckoutResult(0, 0, 0, [], []));
        CheckoutResult placed = await CheckoutAsync(request, transfer.Shard, cancellationToken);
        // What the remote has wrong does not get better by asking again.
        bool isCacheCorrupt = placed.Refused.Any(r => r.Kind == ErrorKind.Corrupt && transfer.Failed.All(f => f.Path != r.Path));
        if (isCacheCorrupt && repository.Settings.Remotes.Count > 0)
        {
            // What the cache held was not what it should be, and has been put aside: now it is missing, and can be fetched.
            TransferResult again = await FetchWhatIsMissingAsync(request, cancellationToken);
            transfer = again with { Objects = transfer.Objects + again.Objects, Bytes = transfer.Bytes + again.Bytes, Skipped = transfer.Skipped, Requests = transfer.Requests + again.Requests, Retries = transfer.Retries + again.Retries };
            CheckoutResult healed = await CheckoutAsync(request, transfer.Shard, cancellationToken);
            placed = healed with { Added = placed.Added + healed.Added, Modified = placed.Modified + healed.Modified, Deleted = placed.Deleted + healed.Deleted };
        }
        if (transfer.Failed.Count > 0)
        {
            // Said once, by what went wrong, and not again by what is missing because of it.
            placed = placed with { Refused = [.. placed.Refused.Where(r => r.Kind != ErrorKind.Missing)] };
        }
        return new PullResult(transfer, placed);
    }

    private Task<CheckoutResult> CheckoutAsync(TransferRequest request, ShardPlan? shard, CancellationToken cancellationToken) =>
        new Checkout(repository, monitor).RunAsync(
            new CheckoutRequest { Paths = request.Paths, WorkingDirectory = request.WorkingDirectory, Force = request.Force, Shard = shard }, cancellationToken);

    private async Task<TransferResult> FetchWhatIsMissingAsync(TransferRequest request, CancellationToken cancellationToken)
    {
        // Where everything is in the cache no remote is needed: offline, or before one is configured.
        if (request.Remote is null && repository.Settings.Remotes.Count == 0 && await FindCachedAsync(request, cancellationToken) is { } cached)
            return cached;
        IReadOnlyList<RemoteWork> work = new TransferTargets(repository, monitor)
            .Resolve(request.Paths, request.WorkingDirectory, request.Remote, null, cancellationToken);
        return await FetchSteps.RunAsync(repository, monitor, work, request, cancellationToken);
    }

    // What is to be transferred where the cache has all of it: nothing. Null where it lacks something.
    private async Task<TransferResult?> FindCachedAsync(TransferRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<Target> targets = repository.LoadOutputs(cancellationToken).Resolve(repository.Layout.Root, request.WorkingDirectory, request.Paths);
        var nothing = new TransferResult(0, 0, 0, []);
        if (request.Shard is { } shard)
        {
            List<WantedRoot> roots = [.. targets.Select(t => new WantedRoot(t.Output.Pointer.ToRoot(t.Output.Path), t.Inside))];
            try
            {
                ShardPlan plan = await ShardPlan.ComputeAsync(() => repository.LocalTrees, roots, shard, cancellationToken);
                return await plan.IsCachedAsync(repository.Cache, () => repository.LocalTrees, roots, cancellationToken) ? nothing with { Shard = plan } : null;
            }
            catch (ObjectMissingException)
            {
                return null;
            }
        }
        var presence = new Caching.CachePresence(repository.Cache);
        bool complete = true;
        foreach (Target target in targets)
            complete &= await presence.IsCompleteAsync(target.Output.Pointer.ToEntry(WorkspacePath.Name(target.Output.Path)), target.Inside, cancellationToken);
        return complete ? nothing : null;
    }
}
