using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;

namespace DataVersion.Workspaces;

/// <summary>
/// Tells folders in which nothing was touched from those that have to be looked into, for one walk through (a part of) a dataset; and remembers the
/// folders that turned out unchanged for the next command. For commands that destroy nothing: they accept what <see cref="FileIndex.TryGetUnchanged"/> does.
/// </summary>
/// <param name="root">The workspace.</param>
/// <param name="path">Where the walk began, relative to the workspace.</param>
/// <param name="index">The memory; saving it is the caller's.</param>
/// <param name="census">Tells whether the cache holds a remembered tree.</param>
/// <param name="resolver">Resolves what lies in folders that have to be looked into.</param>
internal sealed class KnownFolders(string root, string path, FolderIndex index, CacheCensus census, ContentResolver resolver)
{
    // An entry costs as much as a few answers of the index: below that many files a folder's own is not worth it.
    private const long MinFiles = 16;

    private readonly List<(string Path, WorkspaceNode Node, TreeEntry Tree)> _learnt = [];
    private WorkspaceNode? _start;

    /// <summary>Where the walk began, relative to the workspace.</summary>
    public string Path => path;

    /// <summary>True to know only folders whose trees the cache holds whole, as an add needs it.</summary>
    public bool OnlyInCache { get; init; }

    /// <summary>Resolves what has to be looked at below a node that was just listed.</summary>
    public async Task ResolveAsync(WorkspaceNode node, HashKind kind, CancellationToken cancellationToken)
    {
        // Before anything is looked up.
        census.StateOf(kind);
        if (node.IsDirectory)
        {
            _start = node;
            ListingDigest.Compute(node, System.IO.Path.Join(root, path), index.Seed);
            if (!await TryKnowAsync(path, node, kind, cancellationToken))
                await MarkBelowAsync(path, node, kind, cancellationToken);
        }
        await resolver.ResolveAsync(path, node, kind, cancellationToken);
    }

    /// <summary>Looks into a known folder after all, because something else was expected there: resolves what is in it.</summary>
    /// <param name="below">Where it lies, relative to where the walk began.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellationToken">Passed on.</param>
    public async Task OpenAsync(string below, WorkspaceNode folder, CancellationToken cancellationToken)
    {
        if (folder.Known is not { } tree)
            return;
        string at = WorkspacePath.Join(path, below);
        folder.Known = null;
        _learnt.RemoveAll(l => l.Node == folder);
        await MarkBelowAsync(at, folder, tree.Id.Kind, cancellationToken);
        await resolver.ResolveAsync(at, folder, tree.Id.Kind, cancellationToken);
    }

    /// <summary>Notes that a folder was found to hold exactly a tree; it is remembered if, in the end, every file in it is vouched for.</summary>
    public void Learn(string below, WorkspaceNode folder, TreeEntry tree)
    {
        if (tree.Files >= MinFiles || below.Length == 0)
            _learnt.Add((WorkspacePath.Join(path, below), folder, tree));
    }

    /// <summary>True where the cache holds all of a tree which the walk's own folder holds.</summary>
    public Task<bool> IsInCacheAsync(WorkspaceNode node, TreeEntry tree, CancellationToken cancellationToken)
    {
        bool known = index.TryGet(path, node.Listing, out FolderEntry entry) && entry.Id == tree.Id;
        return census.HoldsAsync(tree, known ? entry.CacheState : 0, cancellationToken);
    }

    /// <summary>Puts what was learnt into the memory.</summary>
    /// <param name="inCache">True where the cache was found to hold all of it since the census began.</param>
    public void Keep(bool inCache)
    {
        // With the stats that the index has of what was read; taking files in moves their times.
        if (_start is not null && resolver.HasRead)
            ListingDigest.Compute(_start, System.IO.Path.Join(root, path), index.Seed);
        foreach ((string folderPath, WorkspaceNode node, TreeEntry tree) in _learnt)
        {
            if (!IsVouched(node))
                continue;
            UInt128 state = inCache ? census.StateOf(tree.Id.Kind) : 0;
            if (!index.TryGet(folderPath, node.Listing, out FolderEntry known) || known.Id != tree.Id || (state != 0 && known.CacheState != state))
                index.Set(folderPath, new FolderEntry(node.Listing, tree.Id, tree.Size.GetValueOrDefault(), tree.Files, state));
        }
        _learnt.Clear();
    }

    private static bool IsVouched(WorkspaceNode node) =>
        node.Known is not null || (node.Children is { } children ? children.TrueForAll(IsVouched) : node.IsVouched);

    private async Task MarkBelowAsync(string at, WorkspaceNode folder, HashKind kind, CancellationToken cancellationToken)
    {
        foreach (WorkspaceNode child in folder.Children!)
        {
            if (child.IsDirectory && !await TryKnowAsync($"{at}/{child.Name}", child, kind, cancellationToken))
                await MarkBelowAsync($"{at}/{child.Name}", child, kind, cancellationToken);
        }
    }

    private async Task<bool> TryKnowAsync(string at, WorkspaceNode folder, HashKind kind, CancellationToken cancellationToken)
    {
        if (!index.TryGet(at, folder.Listing, out FolderEntry entry) || entry.Id.Kind != kind)
            return false;
        var tree = new TreeEntry { Kind = TreeEntryKind.Directory, Name = folder.Name, Id = entry.Id, Size = entry.Size, Files = entry.Files };
        if (OnlyInCache && !await census.HoldsAsync(tree, entry.CacheState, cancellationToken))
            return false;
        folder.Known = tree;
        _learnt.Add((at, folder, tree));
        return true;
    }
}
