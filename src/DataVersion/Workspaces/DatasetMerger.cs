using DataVersion.Objects;

namespace DataVersion.Workspaces;

/// <summary>How missing and unknown things are taken by an add.</summary>
/// <param name="Force">The workspace's version wins over what the pointer names, also where that was never placed here.</param>
/// <param name="DeleteMissing">What is not in the workspace counts as deleted even where no base says that it was there.</param>
internal sealed record MergePolicy(bool Force, bool DeleteMissing);

/// <summary>The outcome for one entry: what the new pointer names, and what of it is in the workspace.</summary>
internal readonly record struct Merged(TreeEntry? Next, TreeEntry? Placed);

/// <summary>
/// Makes the tree that an add publishes: what lies in the workspace, less what was deleted there, plus what was never placed there (DESIGN "Base").
/// Refuses to replace what the pointer names by other bytes at a path that was never placed: that would revert a colleague unseen.
/// </summary>
/// <param name="trees">Reads trees of the cache, and those just written.</param>
/// <param name="writer">Receives the merged trees.</param>
/// <param name="policy">How missing and unknown things are taken.</param>
/// <param name="known">The workspace's folders in which nothing was touched; null where nothing is there.</param>
internal sealed class DatasetMerger(TreeReader trees, TreeWriter writer, MergePolicy policy, KnownFolders? known)
{
    private readonly List<string> _refused = [];

    /// <summary>Paths, below the merged one, where the workspace would have replaced something unseen; the result is then not to be published.</summary>
    public IReadOnlyList<string> Refused => _refused;

    /// <summary>Merges one entry.</summary>
    /// <param name="row">Its three sides; files of the workspace are resolved.</param>
    /// <param name="path">Its path below the dataset; empty for the dataset itself.</param>
    /// <param name="cancellationToken">Passed on.</param>
    public async Task<Merged> MergeAsync(MergedRow row, string path, CancellationToken cancellationToken)
    {
        if (row.Here is { IsDirectory: false } here)
            return TakeFile(row, here, path);
        if (row.Here is null && row.Target?.IsDirectory != true)
            return Absent(row);
        if (row.Here is null && !policy.DeleteMissing)
        {
            // Nothing of it here: never placed is kept, placed whole is deleted; anything between is looked into.
            if (row.Base is null)
                return new Merged(row.Target, null);
            if (row.Base.SameAs(row.Target))
                return default;
        }
        if (row.Here is not null && row.Target is { IsDirectory: false } && !policy.Force && row.Base is null)
            _refused.Add(path);
        return await MergeFolderAsync(row, path, cancellationToken);
    }

    /// <summary>True where everything that lies in the workspace is what the target says, whatever else the target has.</summary>
    public async Task<bool> MatchesAsync(TreeEntry? target, WorkspaceNode? here, string path, CancellationToken cancellationToken)
    {
        if (here is null)
            return true;
        if (!here.IsDirectory)
            return here.Content!.SameAs(target);
        if (here.Known is not null && here.Known.SameAs(target))
            return true;
        if (target is not { IsDirectory: true })
            return false;
        await known!.OpenAsync(path, here, cancellationToken);
        foreach (MergedRow row in await MergedRow.ReadAsync(trees, target, null, here, path, cancellationToken))
        {
            if (!await MatchesAsync(row.Target, row.Here, WorkspacePath.Join(path, row.Name), cancellationToken))
                return false;
        }
        return true;
    }

    private Merged TakeFile(MergedRow row, WorkspaceNode here, string path)
    {
        TreeEntry content = here.Content!;
        if (row.Target is { } target && !content.SameAs(target) && row.Base is null && !policy.Force)
            _refused.Add(path);
        return new Merged(content, content);
    }

    private Merged Absent(MergedRow row) =>
        row.Base is not null || policy.DeleteMissing ? default : new Merged(row.Target, null);

    private async Task<Merged> MergeFolderAsync(MergedRow row, string path, CancellationToken cancellationToken)
    {
        if (row.Here?.Known is { } unchanged)
        {
            // Whatever was placed: the workspace holds just what the pointer names.
            if (unchanged.SameAs(row.Target))
                return new Merged(row.Target, row.Target);
            await known!.OpenAsync(path, row.Here, cancellationToken);
        }
        var next = new List<TreeEntry>();
        var placed = new List<TreeEntry>();
        foreach (MergedRow child in await MergedRow.ReadAsync(trees, row.Target, row.Base, row.Here, path, cancellationToken))
        {
            Merged merged = await MergeAsync(child, WorkspacePath.Join(path, child.Name), cancellationToken);
            if (merged.Next is not null)
                next.Add(merged.Next);
            if (merged.Placed is not null)
                placed.Add(merged.Placed);
        }
        if (row.Here is null && next.Count == 0)
            return default;
        TreeEntry nextEntry = TreeEditor.FolderEntry(row.Name, await writer.WriteAsync(next, cancellationToken));
        if (row.Here is null)
            return new Merged(nextEntry, null);
        bool whole = next.Count == placed.Count && next.Zip(placed).All(pair => pair.First.SameAs(pair.Second));
        if (whole)
            known!.Learn(path, row.Here, nextEntry);
        return new Merged(nextEntry, whole ? nextEntry : TreeEditor.FolderEntry(row.Name, await writer.WriteAsync(placed, cancellationToken)));
    }
}
