using DataVersion.Caching;
using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>Brings one dataset, or a path inside it, to a wanted state.</summary>
internal sealed class DatasetCheckout(Repository repository, ITransferMonitor monitor, string dataset, bool force)
{
    /// <summary>Where it lies, if not in the workspace under its own path.</summary>
    public DataPlace? Place { get; init; }

    /// <summary>Only the files of this part; null for all.</summary>
    public ShardPlan? Shard { get; init; }

    private string Root => Place?.Root ?? repository.Layout.Root;

    private FileIndex Index => Place?.Index ?? repository.Index;

    /// <summary>Plans and executes.</summary>
    /// <returns>What is in the workspace now, as far as it is known; what was refused; and the error that ended it early, if one did.</returns>
    public async Task<(TreeEntry? Placed, IReadOnlyList<FailedItem> Refused, DataVersionException? Fatal)> RunAsync(
        string path, TreeEntry? wanted, TreeEntry? placed, bool whole, CheckoutCounts total, CancellationToken cancellationToken)
    {
        string root = Root;
        WorkspaceNode? here = await ReadAsync(path, (wanted ?? placed)!.Id.Kind, cancellationToken);
        var collisions = new NameCollisions(repository.EnsureTempDirectory(), root, path);
        var planner = new CheckoutPlanner(repository.LocalTrees, repository.Cache, force, whole, collisions) { Only = Shard is { } shard ? shard.Contains : null };
        CheckoutPlan plan = await planner.PlanAsync(path, new MergedRow(WorkspacePath.Name(path), wanted, placed, here), cancellationToken);
        RefuseMissing(plan);
        monitor.Begin(Stage.Place);
        monitor.Planned(plan.Place.Count, plan.Place.Sum(n => n.Row.Target!.Size ?? 0));
        var executor = new CheckoutExecutor(root, repository.EnsureTempDirectory(), repository.Cache, repository.CreateLinker(monitor), Index)
        {
            DatasetPath = dataset,
            Placed = bytes =>
            {
                monitor.Advanced(null, bytes);
                monitor.Finished(null, ObjectOutcome.Done);
            },
        };
        DataVersionException? fatal = null;
        try
        {
            await executor.RunAsync(plan, cancellationToken);
        }
        catch (FileAccessException e)
        {
            fatal = e;
        }
        total.Added += executor.Counts.Added;
        total.Modified += executor.Counts.Modified;
        total.Deleted += executor.Counts.Deleted;
        return (await PlacedAsync(plan, cancellationToken), [.. plan.Refused.Select(r => new FailedItem(r.Node.Path, r.Error.Message, r.Error.Hint, r.Error.Kind))], fatal);
    }

    private async Task<WorkspaceNode?> ReadAsync(string path, Hashing.HashKind kind, CancellationToken cancellationToken)
    {
        WorkspaceNode? here = Place is { IsInWorkspace: false } outside
            ? outside.List(repository, tidy: true, cancellationToken)
            : repository.ListAndTidyWorkspace(path, cancellationToken);
        if (here is null)
            return null;
        // By identity, not by fingerprint: what is decided here may overwrite.
        var resolver = new ContentResolver(Root, Index, repository.Cache) { Planned = monitor.Planned, Progress = b => monitor.Advanced(null, b) };
        await resolver.ResolveAsync(path, here, kind, cancellationToken);
        return here;
    }

    private void RefuseMissing(CheckoutPlan plan)
    {
        HashSet<ObjectKey> missing = [.. repository.Cache.FindMissing([.. plan.Place.Select(n => n.Row.Target!.Key).Distinct()])];
        if (missing.Count == 0)
            return;
        foreach (PlanNode node in plan.Place.Where(n => missing.Contains(n.Row.Target!.Key)))
        {
            node.Placed = node.Row.Here is null ? null : node.Row.Base;
            plan.Refused.Add((node, new ObjectMissingException(node.Row.Target!.Id.ToString(), "in the cache", node.Path, $"get it with: dv pull {dataset}")));
        }
        plan.Place.RemoveAll(n => missing.Contains(n.Row.Target!.Key));
    }

    private async Task<TreeEntry?> PlacedAsync(CheckoutPlan plan, CancellationToken cancellationToken)
    {
        await using CacheBatch batch = repository.Cache.BeginBatch(cancellationToken);
        TreeEntry? placed = await PlacedParts.ComputeAsync(plan.Root, batch, cancellationToken);
        await batch.CommitAsync(cancellationToken);
        return placed;
    }
}
