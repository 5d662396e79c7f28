using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>Sends what the pointers name, and the remote lacks, to its remote. A root is said to be there only when all of it is.</summary>
public sealed class Push(Repository repository, ITransferMonitor monitor)
{
    /// <summary>Runs the command.</summary>
    /// <exception cref="RemoteNotTrustedException">The remote came with the repository; nothing was sent.</exception>
    public async Task<TransferResult> RunAsync(TransferRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<RemoteWork> work = new TransferTargets(repository, monitor)
            .Resolve(request.Paths, request.WorkingDirectory, request.Remote, request.Revisions, cancellationToken);
        foreach (RemoteWork one in work.Where(w => !w.Remote.Trusted))
            throw new RemoteNotTrustedException(one.Remote.Name, Configuration.RemoteUrl.Redact(one.Remote.Url));
        var results = new List<TransferResult>();
        foreach (RemoteWork one in work)
        {
            using OpenedRemote remote = await OpenedRemote.OpenAsync(repository, one.Remote, request.Limits, monitor, create: true, cancellationToken);
            ObjectStore store = remote.Store;
            var notes = new PushedRoots(repository.Layout.RemotesDirectory, store.RemoteId!);
            // A path inside a folder is pushed with its folder: a receipt speaks for a whole root.
            List<RootKey> roots = [.. one.Roots.Select(r => r.Root).Distinct()];
            TransferOptions options = remote.Options with { Deep = request.Deep, Verify = request.Verify, Now = repository.Clock.GetUtcNow() };
            var transfer = new ObjectTransfer(repository.Cache, store, options, monitor);
            TransferResult result = await transfer.PushAsync(roots, notes.Load(), cancellationToken);
            FailPoint.Hit("push.after-receipt");
            HashSet<string?> failed = [.. result.Failed.Select(f => f.Path)];
            notes.Save(roots.Where(r => !failed.Contains(r.Path)));
            results.Add(remote.Metered(result));
        }
        return TransferResults.Sum(results);
    }
}
