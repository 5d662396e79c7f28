using DataVersion.Caching;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>
/// Makes the workspace what the pointers name, from the cache alone. What would be lost is refused and reported; the rest is done.
/// </summary>
public sealed class Checkout(Repository repository, ITransferMonitor monitor)
{
    /// <summary>Runs the command.</summary>
    public async Task<CheckoutResult> RunAsync(CheckoutRequest request, CancellationToken cancellationToken)
    {
        monitor.Begin(Stage.Scan);
        TrackedOutputs tracked = repository.LoadOutputs(cancellationToken);
        IReadOnlyList<Target> targets = ResolveTargets(request, tracked, out IReadOnlyList<string> orphans);
        IReadOnlyDictionary<string, BaseEntry> bases = repository.Base.Load();
        var total = new CheckoutCounts();
        var refused = new List<FailedItem>();
        foreach (Target target in targets)
            refused.AddRange(await CheckoutOneAsync(request, target, bases.GetValueOrDefault(target.Output.Path), total, cancellationToken));
        var kept = new List<string>();
        foreach (string orphan in orphans)
        {
            if (!await RemoveOrphanAsync(request, orphan, bases[orphan], total, cancellationToken))
                kept.Add(orphan);
        }
        return new CheckoutResult(total.Added, total.Modified, total.Deleted, refused, kept);
    }

    private IReadOnlyList<Target> ResolveTargets(CheckoutRequest request, TrackedOutputs tracked, out IReadOnlyList<string> orphans)
    {
        string root = repository.Layout.Root;
        List<string> all = [.. repository.Base.Load().Keys.Where(p => tracked.Find(p) is null && !tracked.Conflicts.Any(c => c.File == p + Pointer.Suffix))];
        List<string> asked = [.. request.Paths.Select(p => WorkspacePath.Relative(root, request.WorkingDirectory, p))];
        List<string> covered = [.. all.Where(o => asked.Count == 0 || asked.Any(a => WorkspacePath.IsWithin(o, a)))];
        orphans = covered;
        // A path that names nothing but orphans is no mistake.
        List<string> paths = [.. request.Paths.Where((_, i) => !covered.Any(o => WorkspacePath.IsWithin(o, asked[i])) || tracked.All.Any(t => WorkspacePath.IsWithin(t.Path, asked[i])))];
        return request.Paths.Count > 0 && paths.Count == 0 ? [] : tracked.Resolve(root, request.WorkingDirectory, paths);
    }

    private async Task<IReadOnlyList<FailedItem>> CheckoutOneAsync(
        CheckoutRequest request, Target target, BaseEntry? baseEntry, CheckoutCounts total, CancellationToken cancellationToken)
    {
        string path = WorkspacePath.Join(target.Output.Path, target.Inside);
        TreeEntry pointed = target.Output.Pointer.ToEntry(WorkspacePath.Name(target.Output.Path));
        try
        {
            TreeReader trees = repository.LocalTrees;
            TreeEntry? wanted = await SubAsync(trees, pointed, target.Inside, cancellationToken);
            TreeEntry? placed = baseEntry?.Placed is { } all ? await SubAsync(trees, all, target.Inside, cancellationToken) : null;
            if (wanted is null && placed is null)
                throw new UsageException($"'{target.Output.Path}' holds no '{target.Inside}'");
            var dataset = new DatasetCheckout(repository, monitor, target.Output.Path, request.Force) { Shard = request.Shard };
            // A path that was asked for by name is wanted whole, and so is a shard; so is all of a dataset of which nothing, or everything, was placed.
            bool whole = target.Inside.Length > 0 || request.Shard is not null || baseEntry?.Placed is null || baseEntry.IsWhole;
            (TreeEntry? now, IReadOnlyList<FailedItem> refused, DataVersionException? fatal) =
                await dataset.RunAsync(path, wanted, placed, whole, total, cancellationToken);
            FailPoint.Hit("checkout.before-base");
            await RecordAsync(target, pointed, baseEntry, now, cancellationToken);
            return fatal is null ? refused : throw fatal;
        }
        catch (ObjectMissingException e)
        {
            return [new FailedItem(path, e.Message, $"get it with: dv pull {path}", e.Kind)];
        }
        catch (InvalidFormatException e)
        {
            return [new FailedItem(path, e.Message, e.Hint, e.Kind)];
        }
    }

    private static async Task<TreeEntry?> SubAsync(TreeReader trees, TreeEntry root, string inside, CancellationToken cancellationToken) =>
        inside.Length == 0 ? root : root.IsDirectory ? await trees.FindAsync(root.Id, inside, cancellationToken) : null;

    private async Task RecordAsync(Target target, TreeEntry pointed, BaseEntry? baseEntry, TreeEntry? now, CancellationToken cancellationToken)
    {
        await using CacheBatch batch = repository.Cache.BeginBatch(cancellationToken);
        TreeEntry? placed = now;
        if (target.Inside.Length > 0)
        {
            var editor = new TreeEditor(repository.LocalTrees, new TreeWriter(pointed.Id.Kind, batch.PutAsync));
            WrittenTree tree = await editor.ReplaceAsync(baseEntry?.Placed, target.Inside, now, cancellationToken);
            placed = tree.Files == 0 && now is null ? null : TreeEditor.FolderEntry(pointed.Name, tree);
        }
        await batch.CommitAsync(cancellationToken);
        // Only where all that lies here is the pointer's version does the base follow it; else what is behind would look like an edit.
        bool follows = placed is null || await PlacedParts.AreWithinAsync(repository.LocalTrees, placed, pointed, cancellationToken);
        var entry = new BaseEntry { Pointer = follows || baseEntry is null ? pointed.Key : baseEntry.Pointer, Placed = placed };
        if (entry == baseEntry)
            repository.SaveIndexQuietly(cancellationToken);
        else
            repository.RecordBase(target.Output.Path, placed is null && baseEntry is null ? null : entry, cancellationToken);
    }

    private async Task<bool> RemoveOrphanAsync(
        CheckoutRequest request, string path, BaseEntry baseEntry, CheckoutCounts total, CancellationToken cancellationToken)
    {
        if (FileStat.TryGet(Path.Combine(repository.Layout.Root, path)) is not null && baseEntry.Placed is { } placed)
        {
            var dataset = new DatasetCheckout(repository, monitor, path, request.Force);
            try
            {
                (TreeEntry? left, IReadOnlyList<FailedItem> refused, _) = await dataset.RunAsync(path, null, placed, whole: true, total, cancellationToken);
                if (left is not null || refused.Count > 0 || FileStat.TryGet(Path.Combine(repository.Layout.Root, path)) is not null)
                    return false;
            }
            catch (DataVersionException e) when (e is ObjectMissingException or InvalidFormatException)
            {
                return false;
            }
        }
        repository.RecordBase(path, null, cancellationToken);
        return true;
    }
}
