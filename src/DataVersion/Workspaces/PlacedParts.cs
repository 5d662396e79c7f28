using DataVersion.Caching;
using DataVersion.Objects;

namespace DataVersion.Workspaces;

/// <summary>The tree of what is placed in a workspace, which after a partial pull is less than what the pointer names.</summary>
internal static class PlacedParts
{
    /// <summary>What an executed plan left in the workspace. Folders that hold all of the target take its id; no tree is written for them.</summary>
    public static async Task<TreeEntry?> ComputeAsync(PlanNode node, CacheBatch batch, CancellationToken cancellationToken)
    {
        if (node.Children is null)
            return node.Placed;
        var entries = new List<TreeEntry>(node.Children.Count);
        bool whole = true;
        foreach (PlanNode child in node.Children)
        {
            TreeEntry? placed = await ComputeAsync(child, batch, cancellationToken);
            whole &= placed is null ? child.Row.Target is null : placed.SameAs(child.Row.Target);
            if (placed is not null)
                entries.Add(placed);
        }
        if (whole && node.Row.Target is { IsDirectory: true } target)
            return target;
        if (entries.Count == 0)
            return null;
        TreeEntry any = (node.Row.Target ?? node.Row.Base)!;
        return TreeEditor.FolderEntry(node.Row.Name, await new TreeWriter(any.Id.Kind, batch.PutAsync).WriteAsync(entries, cancellationToken));
    }

    /// <summary>True where every file of <paramref name="part"/> is in <paramref name="whole"/> at the same path with the same content.</summary>
    public static async Task<bool> AreWithinAsync(TreeReader trees, TreeEntry part, TreeEntry whole, CancellationToken cancellationToken)
    {
        if (part.SameAs(whole))
            return true;
        if (!part.IsDirectory || !whole.IsDirectory)
            return false;
        IReadOnlyList<TreeEntry> all = await trees.ReadAsync(whole.Id, default, "", cancellationToken);
        foreach (TreeEntry entry in await trees.ReadAsync(part.Id, default, "", cancellationToken))
        {
            TreeEntry? match = TreeReader.Find(all, entry.Name);
            if (match is null || !await AreWithinAsync(trees, entry, match, cancellationToken))
                return false;
        }
        return true;
    }
}
