using DataVersion.Caching;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>Counts what a checkout did.</summary>
internal sealed class CheckoutCounts
{
    public long Added;
    public long Modified;
    public long Deleted;
}

/// <summary>
/// Carries out a plan below the workspace's root. Parents are walked without following links; every replacement is atomic; a file that changed
/// since the plan was made is left alone.
/// </summary>
internal sealed class CheckoutExecutor(string root, string tempDirectory, LocalCache cache, Linker linker, FileIndex index)
{
    private const int ChunkSize = 256;
    private readonly Lock _sync = new();

    /// <summary>What was done.</summary>
    public CheckoutCounts Counts { get; } = new();

    /// <summary>Told the bytes of each file that was placed.</summary>
    public Action<long>? Placed { get; init; }

    /// <summary>Executes the plan; what fails is added to its refusals.</summary>
    /// <exception cref="FileAccessException">The disk is full: nothing more is tried. What was placed is recorded in the plan.</exception>
    public async Task RunAsync(CheckoutPlan plan, CancellationToken cancellationToken)
    {
        foreach (PlanNode node in plan.Delete)
            Try(plan, node, () => Delete(node));
        foreach (PlanNode node in Enumerable.Reverse(plan.RemoveFolders))
            Try(plan, node, () => RemoveFolder(node));
        FailPoint.Hit("checkout.after-delete");
        foreach (PlanNode node in plan.CreateFolders)
            Try(plan, node, () => SafeDirectory.Open(root, node.Path, create: true).Dispose());
        await PlaceAllAsync(plan, [.. plan.Place.Where(n => n.Row.Target!.Kind != TreeEntryKind.Link)], cancellationToken);
        // Links last: no file is ever placed through one of ours.
        await PlaceAllAsync(plan, [.. plan.Place.Where(n => n.Row.Target!.Kind == TreeEntryKind.Link)], cancellationToken);
    }

    private async Task PlaceAllAsync(CheckoutPlan plan, List<PlanNode> nodes, CancellationToken cancellationToken)
    {
        IEnumerable<IGrouping<string, PlanNode>> folders = nodes.GroupBy(n => WorkspacePath.Parent(n.Path));
        IEnumerable<(string Folder, PlanNode[] Nodes)> chunks = folders.SelectMany(f => f.Chunk(ChunkSize).Select(c => (f.Key, c)));
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(chunks, options, async (chunk, token) =>
        {
            try
            {
                using SafeDirectory folder = SafeDirectory.Open(root, chunk.Folder, create: true);
                foreach (PlanNode node in chunk.Nodes)
                    await TryPlaceAsync(plan, node, folder, token);
            }
            catch (DataVersionException e) when (e is not FileAccessException { IsDiskFull: true })
            {
                foreach (PlanNode node in chunk.Nodes)
                    Fail(plan, node, e);
            }
        });
    }

    private async Task TryPlaceAsync(CheckoutPlan plan, PlanNode node, SafeDirectory folder, CancellationToken cancellationToken)
    {
        TreeEntry target = node.Row.Target!;
        try
        {
            try
            {
                if (target.Kind == TreeEntryKind.Link)
                    await PlaceLinkAsync(node, folder, cancellationToken);
                else
                    await PlaceFileAsync(node, folder, cancellationToken);
            }
            catch (FileChangedException) when (folder.TryStat(WorkspacePath.Name(node.Path), out FileStat now) && now.Type is FileType.File or FileType.SymbolicLink)
            {
                // Two pulls of one folder are no conflict: what was wanted may have been placed by the other.
                if (!await HoldsAsync(node, now, cancellationToken))
                    throw;
            }
            node.Placed = target;
            Interlocked.Increment(ref node.Row.Here is null ? ref Counts.Added : ref Counts.Modified);
            Placed?.Invoke(target.Size ?? 0);
            FailPoint.Hit("checkout.placed");
        }
        catch (DataVersionException e) when (e is not FileAccessException { IsDiskFull: true })
        {
            Fail(plan, node, e);
        }
    }

    private async Task<bool> HoldsAsync(PlanNode node, FileStat now, CancellationToken cancellationToken)
    {
        var here = new WorkspaceNode(WorkspacePath.Name(node.Path), now);
        await new ContentResolver(root, index, cache).ResolveAsync(node.Path, here, node.Row.Target!.Id.Kind, cancellationToken);
        return here.Content!.SameAs(node.Row.Target);
    }

    private async Task PlaceFileAsync(PlanNode node, SafeDirectory folder, CancellationToken cancellationToken)
    {
        TreeEntry target = node.Row.Target!;
        ReplaceGuard guard = node.Row.Here is { IsDirectory: false } here ? ReplaceGuard.Unchanged(here.Stat) : ReplaceGuard.Absent;
        PlacedFile placed = await linker.PlaceAsync(
            target.Id, target.Size, target.Kind == TreeEntryKind.Executable, folder, WorkspacePath.Name(node.Path), tempDirectory, guard, cancellationToken);
        if (placed.Stat.Type == FileType.File)
            index.Set(node.Path, new IndexEntry(placed.Stat.Stamp, target.Id, target.BlocksId, default, placed.IsSettled));
        else
            index.Remove(node.Path);
    }

    private async Task PlaceLinkAsync(PlanNode node, SafeDirectory folder, CancellationToken cancellationToken)
    {
        byte[] bytes = await cache.ReadSmallAsync(node.Row.Target!.Key, TreeLimits.MaxLinkBytes, cancellationToken);
        string target = System.Text.Encoding.UTF8.GetString(bytes);
        // A link that leaves the dataset would turn a later write into one outside it.
        if (target.Contains('\0') || !PathRules.LinkStaysInside(LinkPath(node), target))
            throw new UnsafePathException(node.Path, $"the dataset holds a symbolic link to '{PathRules.Printable(target)}', which leaves it");
        RequireUnchanged(node, folder);
        folder.SymlinkInto(target, WorkspacePath.Name(node.Path));
    }

    private string LinkPath(PlanNode node) => node.Path[(DatasetPath.Length + 1)..];

    /// <summary>The tracked folder that links may not leave.</summary>
    public required string DatasetPath { get; init; }

    private void Delete(PlanNode node)
    {
        using SafeDirectory? folder = SafeDirectory.TryOpen(root, WorkspacePath.Parent(node.Path), create: false);
        // Gone by now is as good as deleted.
        if (folder is not null && folder.TryStat(WorkspacePath.Name(node.Path), out _))
        {
            RequireUnchanged(node, folder);
            folder.DeleteFile(WorkspacePath.Name(node.Path));
        }
        index.Remove(node.Path);
        Counts.Deleted++;
    }

    private void RemoveFolder(PlanNode node)
    {
        using SafeDirectory? folder = SafeDirectory.TryOpen(root, WorkspacePath.Parent(node.Path), create: false);
        // Not empty: files that were never tracked stay, and so does their folder.
        folder?.DeleteEmptyDirectory(WorkspacePath.Name(node.Path));
    }

    private static void RequireUnchanged(PlanNode node, SafeDirectory folder)
    {
        bool exists = folder.TryStat(WorkspacePath.Name(node.Path), out FileStat now);
        if (node.Row.Here is { IsDirectory: false } here ? !exists || now.Stamp != here.Stat.Stamp : exists && now.Type != FileType.Directory)
            throw new FileChangedException(node.Path);
    }

    private void Try(CheckoutPlan plan, PlanNode node, Action action)
    {
        try
        {
            action();
        }
        catch (DataVersionException e)
        {
            Fail(plan, node, e);
        }
    }

    private void Fail(CheckoutPlan plan, PlanNode node, DataVersionException error)
    {
        lock (_sync)
        {
            node.Placed = node.Row.Here is null ? null : node.Row.Base;
            plan.Refused.Add((node, error));
        }
    }
}
