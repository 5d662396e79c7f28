using DataVersion.Objects;
using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>What fetch and pull do alike.</summary>
internal static class FetchSteps
{
    public static async Task<TransferResult> RunAsync(
        Repository repository, ITransferMonitor monitor, IReadOnlyList<RemoteWork> work, TransferRequest request, CancellationToken cancellationToken)
    {
        var results = new List<TransferResult>();
        foreach (RemoteWork one in work)
        {
            using OpenedRemote remote = await OpenedRemote.OpenAsync(repository, one.Remote, request.Limits, monitor, create: false, cancellationToken);
            ObjectStore store = remote.Store;
            var transfer = new ObjectTransfer(repository.Cache, store, remote.Options, monitor);
            results.Add(remote.Metered(await transfer.FetchAsync(one.Roots, cancellationToken)));
            // Where these came from, the next push from here finds their receipts.
            if (store.RemoteId is { } id)
                new PushedRoots(repository.Layout.RemotesDirectory, id).Save(one.Roots.Select(r => r.Root));
        }
        return TransferResults.Sum(results);
    }
}
