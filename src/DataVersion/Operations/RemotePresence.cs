using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>Which tracked outputs are not whole on their remote.</summary>
internal sealed class RemotePresence(Repository repository, ITransferMonitor monitor)
{
    /// <summary>One entry for each output that a push would have to send something of.</summary>
    public async Task<IReadOnlyList<StatusEntry>> FindMissingAsync(string? remote, IReadOnlyList<Target> targets, CancellationToken cancellationToken)
    {
        var entries = new List<StatusEntry>();
        // Nothing tracked is no reason to keep quiet about a remote that does not exist.
        if (remote is not null)
            repository.Settings.RequireRemote(remote);
        foreach (IGrouping<string, Target> group in targets.GroupBy(t => repository.Settings.RequireRemote(remote ?? t.Output.Pointer.Remote).Name))
        {
            using OpenedRemote opened = await OpenedRemote.OpenAsync(
                repository, repository.Settings.RequireRemote(group.Key), default, monitor, create: false, cancellationToken);
            var transfer = new ObjectTransfer(repository.Cache, opened.Store, opened.Options, monitor);
            List<RootKey> roots = [.. group.Select(t => t.Output.Pointer.ToRoot(t.Output.Path)).Distinct()];
            IReadOnlyList<RootKey> incomplete = await transfer.FindIncompleteAsync(roots, cancellationToken);
            entries.AddRange(incomplete.Select(r => new StatusEntry(r.Path, PathState.NotOnRemote)));
        }
        return entries;
    }
}
