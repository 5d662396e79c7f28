using DataVersion.Objects;
using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>Brings what the pointers name, and the cache lacks, from its remote into the cache. The workspace is not touched.</summary>
public sealed class Fetch(Repository repository, ITransferMonitor monitor)
{
    /// <summary>Runs the command.</summary>
    public async Task<TransferResult> RunAsync(TransferRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<RemoteWork> work = new TransferTargets(repository, monitor)
            .Resolve(request.Paths, request.WorkingDirectory, request.Remote, request.Revisions, cancellationToken);
        return await FetchSteps.RunAsync(repository, monitor, work, request, cancellationToken);
    }
}

/// <summary>What fetch and pull do alike.</summary>
internal static class FetchSteps
{
    public static async Task<TransferResult> RunAsync(
        Repository repository, ITransferMonitor monitor, IReadOnlyList<RemoteWork> work, TransferRequest request, CancellationToken cancellationToken)
    {
        var results = new List<TransferResult>();
        foreach (RemoteWork one in work)
        {
            ObjectStore store = await RemoteStores.OpenAsync(repository, one.Remote, create: false, cancellationToken);
            var transfer = new ObjectTransfer(repository.Cache, store, new TransferOptions { Jobs = request.Jobs ?? repository.Settings.Jobs }, monitor);
            results.Add(await transfer.FetchAsync(one.Roots, cancellationToken));
            // Where these came from, the next push from here finds their receipts.
            if (store.RemoteId is { } id)
                new PushedRoots(repository.Layout.RemotesDirectory, id).Save(one.Roots.Select(r => r.Root));
        }
        return TransferResults.Sum(results);
    }
}
