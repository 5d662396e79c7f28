using DataVersion.Objects;
using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>Brings what the pointers name, and the cache lacks, from its remote into the cache. The workspace is not touched.</summary>
public sealed class Fetch(Repository repository, ITransferMonitor monitor)
{
    /// <summary>Runs the command.</summary>
    /// <exception cref="UsageException">A shard of more than one version is asked for.</exception>
    public async Task<TransferResult> RunAsync(TransferRequest request, CancellationToken cancellationToken)
    {
        if (request is { Shard: not null, Revisions: { } scope } && (scope.AllBranches || scope.AllTags || scope.AllCommits))
            throw new UsageException("--shard splits the files of one version", "leave out --all-branches, --all-tags and --all-commits, or name one version with --rev");
        IReadOnlyList<RemoteWork> work = new TransferTargets(repository, monitor)
            .Resolve(request.Paths, request.WorkingDirectory, request.Remote, request.Revisions, cancellationToken);
        return await FetchSteps.RunAsync(repository, monitor, work, request, cancellationToken);
    }
}
