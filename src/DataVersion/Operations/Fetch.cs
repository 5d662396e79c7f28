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
