using DataVersion.Caching;
using DataVersion.Objects;

namespace DataVersion.Workspaces;

/// <summary>
/// Decides, path by path, what a checkout may do. The rule: nothing in the workspace is overwritten or deleted unless its bytes are in the
/// cache, unharmed, or the user forces it.
/// </summary>
/// <param name="trees">Reads trees of the cache.</param>
/// <param name="cache">Says what can be brought back.</param>
/// <param name="force">Edits are discarded.</param>
/// <param name="wholeBase">False where only parts were placed: what was never placed and is not in the cache stays unplaced.</param>
/// <param name="collisions">Finds names that are one to the file system.</param>
internal sealed class CheckoutPlanner(TreeReader trees, LocalCache cache, bool force, bool wholeBase, NameCollisions collisions)
{
    /// <summary>The files that are wanted, by their paths in the workspace; null for all. Others that lie here stay only as the target has them.</summary>
    public Func<string, bool>? Only { get; init; }

    /// <summary>Makes the plan for one dataset, or one path inside it. Files of the workspace are resolved by identity.</summary>
    public async Task<CheckoutPlan> PlanAsync(string path, MergedRow row, CancellationToken cancellationToken)
    {
        var plan = new CheckoutPlan { Root = new PlanNode(path, row) };
        plan.Root = await VisitAsync(plan, path, row, cancellationToken);
        return plan;
    }

    private Task<PlanNode> VisitAsync(CheckoutPlan plan, string path, MergedRow row, CancellationToken cancellationToken)
    {
        if (row.Target is { IsDirectory: false } && Only?.Invoke(path) == false)
            return VisitLeftOutAsync(plan, path, row, cancellationToken);
        if (row.Here is { IsDirectory: false } file)
            return VisitFileAsync(plan, path, row, file, cancellationToken);
        return row.Target switch
        {
            { IsDirectory: true } => VisitFolderAsync(plan, path, row, cancellationToken),
            { } => VisitWantedFileAsync(plan, path, row, cancellationToken),
            null => VisitUnwantedAsync(plan, path, row, cancellationToken),
        };
    }

    // A file that is left to others. What lies in its place stays if it is the target's, or an edit of that; what is left of another version goes, so
    // that nobody reads a mixture of two.
    private async Task<PlanNode> VisitLeftOutAsync(CheckoutPlan plan, string path, MergedRow row, CancellationToken cancellationToken)
    {
        TreeEntry target = row.Target!;
        if (row.Here is { IsDirectory: false } here && (here.Content!.SameAs(target) || target.SameAs(row.Base)))
            return new PlanNode(path, row) { Placed = here.Content.SameAs(target) ? target : row.Base };
        PlanNode node = await VisitAsync(plan, path, row with { Target = null }, cancellationToken);
        // Else it would seem that all of the folder is here.
        node.Row = row;
        return node;
    }

    private async Task<PlanNode> VisitFileAsync(CheckoutPlan plan, string path, MergedRow row, WorkspaceNode file, CancellationToken cancellationToken)
    {
        var node = new PlanNode(path, row);
        TreeEntry content = file.Content!;
        if (content.SameAs(row.Target))
        {
            node.Placed = row.Target;
            return node;
        }
        if (row.Target is null && row.Base is null)
            return node;
        bool unedited = row.Target is not null || content.SameAs(row.Base);
        if (!force && !(unedited && await CanBeBroughtBackAsync(content, cancellationToken)))
            return Refuse(plan, node, Edited(path));
        if (row.Target is null)
        {
            plan.Delete.Add(node);
            return node;
        }
        if (!row.Target.IsDirectory)
        {
            plan.Place.Add(node);
            return node;
        }
        plan.Delete.Add(node);
        return await VisitFolderAsync(plan, path, row with { Here = null }, cancellationToken);
    }

    private async Task<PlanNode> VisitFolderAsync(CheckoutPlan plan, string path, MergedRow row, CancellationToken cancellationToken)
    {
        var node = new PlanNode(path, row) { Children = [] };
        IReadOnlyList<MergedRow> rows;
        try
        {
            rows = await MergedRow.ReadAsync(trees, row.Target, row.Base, row.Here, path, cancellationToken);
        }
        catch (ObjectMissingException e)
        {
            node.Children = null;
            return IsUnwanted(row) ? node : Refuse(plan, node, new ObjectMissingException(e.Id, "in the cache", path, $"get it with: dv pull {path}"));
        }
        // What lies here already under names of its own cannot collide.
        if (rows.Any(r => r.Target is not null && r.Here is null) && collisions.Find([.. rows.Where(r => r.Target is not null).Select(r => r.Name)]) is { } name)
        {
            // Not an empty folder that was placed, but one that was not.
            node.Children = null;
            return Refuse(plan, node, new UnsafePathException($"{path}/{PathRules.Printable(name)}", "collides with a name that this file system takes for the same",
                "place it on another file system, or have one of the two renamed"));
        }
        // A folder appears with its first file, except where it is empty, or nothing of it is wanted.
        if (row.Here is null && (rows.Count == 0 || (Only is null && !IsUnwanted(row))))
            plan.CreateFolders.Add(node);
        foreach (MergedRow child in rows)
            node.Children.Add(await VisitAsync(plan, WorkspacePath.Join(path, child.Name), child, cancellationToken));
        return node;
    }

    private async Task<PlanNode> VisitWantedFileAsync(CheckoutPlan plan, string path, MergedRow row, CancellationToken cancellationToken)
    {
        var node = new PlanNode(path, row);
        if (row.Here is { IsDirectory: true })
        {
            int refused = plan.Refused.Count;
            await ClearFolderAsync(plan, path, row with { Target = null }, cancellationToken);
            if (plan.Refused.Count > refused)
                return node;
        }
        if (!IsUnwanted(row) || cache.Contains(row.Target!.Key))
            plan.Place.Add(node);
        return node;
    }

    private async Task<PlanNode> VisitUnwantedAsync(CheckoutPlan plan, string path, MergedRow row, CancellationToken cancellationToken)
    {
        var node = new PlanNode(path, row);
        // A folder that was never tracked holds nothing of ours.
        if (row.Here is null || row.Base is null)
            return node;
        node.Children = [];
        plan.RemoveFolders.Add(node);
        foreach (MergedRow child in await MergedRow.ReadAsync(trees, null, row.Base, row.Here, path, cancellationToken))
            node.Children.Add(await VisitAsync(plan, WorkspacePath.Join(path, child.Name), child, cancellationToken));
        return node;
    }

    // A file is wanted where a folder stands: the folder goes only if everything in it may go.
    private async Task ClearFolderAsync(CheckoutPlan plan, string path, MergedRow row, CancellationToken cancellationToken)
    {
        var node = new PlanNode(path, row) { Children = [] };
        plan.RemoveFolders.Add(node);
        foreach (MergedRow child in await MergedRow.ReadAsync(trees, null, row.Base, row.Here, path, cancellationToken))
        {
            string childPath = WorkspacePath.Join(path, child.Name);
            if (child.Here is { IsDirectory: true })
            {
                await ClearFolderAsync(plan, childPath, child, cancellationToken);
            }
            else if (child.Here is { } file)
            {
                var fileNode = new PlanNode(childPath, child);
                if (force || await CanBeBroughtBackAsync(file.Content!, cancellationToken))
                    plan.Delete.Add(fileNode);
                else
                    Refuse(plan, fileNode, Edited(childPath));
            }
        }
    }

    private bool IsUnwanted(MergedRow row) => !wholeBase && row.Base is null && row.Here is null;

    private async Task<bool> CanBeBroughtBackAsync(TreeEntry content, CancellationToken cancellationToken)
    {
        if (!cache.Contains(content.Key))
            return false;
        try
        {
            await cache.EnsureTrustedAsync(content.Key, cancellationToken);
            return true;
        }
        catch (ObjectCorruptException)
        {
            return false;
        }
    }

    private static PlanNode Refuse(CheckoutPlan plan, PlanNode node, DataVersionException error)
    {
        node.Placed = node.Row.Here is null ? null : node.Row.Base;
        plan.Refused.Add((node, error));
        return node;
    }

    private static RefusedException Edited(string path) => new(
        $"'{PathRules.Printable(path)}' was edited here, and the edit is not in the cache",
        $"keep it with: dv add {PathRules.Printable(path)}; or discard it with: dv checkout --force {PathRules.Printable(path)}");
}
