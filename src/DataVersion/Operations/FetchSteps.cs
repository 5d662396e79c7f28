using DataVersion.Objects;
using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>What fetch and pull do alike.</summary>
internal static class FetchSteps
{
    public static async Task<TransferResult> RunAsync(
        Repository repository, ITransferMonitor monitor, IReadOnlyList<RemoteWork> work, TransferRequest request, CancellationToken cancellationToken)
    {
        if (request.Shard is not { } shard)
            return await FetchAsync(repository, monitor, work, request, null, cancellationToken);
        // The split follows from all trees; so they come first, whoever's part they describe.
        TransferResult trees = await FetchAsync(repository, monitor, work, request, static _ => false, cancellationToken);
        if (trees.Failed.Count > 0)
            return trees;
        ShardPlan plan = await ShardPlan.ComputeAsync(() => repository.LocalTrees, [.. work.SelectMany(w => w.Roots)], shard, cancellationToken);
        TransferResult contents = await FetchAsync(repository, monitor, work, request, plan.Contains, cancellationToken);
        return TransferResults.Sum([trees, contents]) with { Shard = plan };
    }

    private static async Task<TransferResult> FetchAsync(
        Repository repository, ITransferMonitor monitor, IReadOnlyList<RemoteWork> work, TransferRequest request, Func<string, bool>? only, CancellationToken cancellationToken)
    {
        var results = new List<TransferResult>();
        foreach (RemoteWork one in work)
        {
            using OpenedRemote remote = await OpenedRemote.OpenAsync(repository, one.Remote, request.Limits, monitor, create: false, cancellationToken);
            ObjectStore store = remote.Store;
            var transfer = new ObjectTransfer(repository.Cache, store, remote.Options, monitor);
            TransferResult result = only is null
                ? await transfer.FetchAsync(one.Roots, cancellationToken)
                : await transfer.FetchAsync(one.Roots, only, cancellationToken);
            results.Add(remote.Metered(result));
            // Where these came from, the next push from here finds their receipts.
            if (store.RemoteId is { } id)
                new PushedRoots(repository.Layout.RemotesDirectory, id).Save(one.Roots.Select(r => r.Root));
        }
        return TransferResults.Sum(results);
    }
}
