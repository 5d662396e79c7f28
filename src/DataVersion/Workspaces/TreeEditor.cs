using DataVersion.Objects;

namespace DataVersion.Workspaces;

/// <summary>Changes one path of a stored tree by writing anew the folders above it.</summary>
internal sealed class TreeEditor(TreeReader trees, TreeWriter writer)
{
    /// <summary>The tree with the entry at <paramref name="path"/> replaced, added (folders above it appear) or, for null, removed.</summary>
    /// <param name="root">The tree to change; null for an empty one.</param>
    /// <param name="path">Path below the root, with '/'.</param>
    /// <param name="replacement">What to put there; its name is the path's last segment.</param>
    /// <param name="cancellationToken">Passed on.</param>
    public Task<WrittenTree> ReplaceAsync(TreeEntry? root, string path, TreeEntry? replacement, CancellationToken cancellationToken) =>
        ReplaceAsync(root, path.Split('/'), 0, replacement, cancellationToken);

    private async Task<WrittenTree> ReplaceAsync(
        TreeEntry? folder, string[] segments, int depth, TreeEntry? replacement, CancellationToken cancellationToken)
    {
        string here = string.Join('/', segments.Take(depth));
        IReadOnlyList<TreeEntry> entries = folder is { IsDirectory: true }
            ? await trees.ReadAsync(folder.Id, new Declared(folder.Size, folder.Files), here, cancellationToken)
            : [];
        string name = segments[depth];
        TreeEntry? old = TreeReader.Find(entries, name);
        TreeEntry? changed = replacement;
        if (depth < segments.Length - 1)
        {
            // Nothing to remove: no folder appears, and a file of the folder's name stays.
            if (old is not { IsDirectory: true } && replacement is null)
                return await writer.WriteAsync(entries, cancellationToken);
            changed = FolderEntry(name, await ReplaceAsync(old, segments, depth + 1, replacement, cancellationToken));
        }
        return await writer.WriteAsync(With(entries, name, changed), cancellationToken);
    }

    /// <summary>An entry for a tree that was written.</summary>
    public static TreeEntry FolderEntry(string name, WrittenTree tree) =>
        new() { Kind = TreeEntryKind.Directory, Name = name, Id = tree.Id, Size = tree.Size, Files = tree.Files };

    private static List<TreeEntry> With(IReadOnlyList<TreeEntry> entries, string name, TreeEntry? changed)
    {
        var result = new List<TreeEntry>(entries.Count + 1);
        foreach (TreeEntry entry in entries)
        {
            int order = Utf8NameComparer.Instance.Compare(entry.Name, name);
            if (order > 0 && changed is not null)
            {
                result.Add(changed);
                changed = null;
            }
            if (order != 0)
                result.Add(entry);
        }
        if (changed is not null)
            result.Add(changed);
        return result;
    }
}
