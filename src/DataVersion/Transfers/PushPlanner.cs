using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>One object that a root needs.</summary>
/// <param name="Key">The object.</param>
/// <param name="Size">Bytes, where the tree or pointer says.</param>
/// <param name="Path">A workspace path that needs it, for messages.</param>
/// <param name="Blocks">Its block list, where it is large and has one.</param>
/// <param name="IsBlockList">True for a block list.</param>
internal readonly record struct PlannedObject(ObjectKey Key, long? Size, string Path, ObjectId? Blocks = null, bool IsBlockList = false);

/// <summary>What a push has to look at of a root.</summary>
/// <param name="Objects">The objects; trees stand after all that they name.</param>
/// <param name="Others">Roots that are whole on the remote, and have all that was left out.</param>
internal sealed record PushPlan(IReadOnlyList<PlannedObject> Objects, IReadOnlyCollection<RootKey> Others);

/// <summary>
/// Lists what a root consists of, leaving out what a covered root (one whose receipt says that all of it is on the remote) has at the same
/// path: the work follows what changed, not what is there.
/// </summary>
internal sealed class PushPlanner(LocalCache cache, ObjectStore remote)
{
    // Notes on earlier pushes carry no counts.
    private const long Undeclared = -1;

    // After a partial pull the trees of folders that were never placed are on the remote alone.
    private readonly TreeReader _trees = new((id, token) => cache.Contains(ObjectKey.Tree(id))
        ? cache.ReadSmallAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, token)
        : remote.ReadSmallAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, token));

    private readonly Dictionary<ObjectId, RootKey> _whole = [];
    private readonly HashSet<RootKey> _others = [];

    /// <summary>Notes that everything under a tree is on the remote, as a part of <paramref name="root"/>: of further versions only what differs is looked at.</summary>
    public void AddWhole(ObjectKey key, RootKey root)
    {
        if (key.Kind == ObjectKind.Tree)
            _whole.TryAdd(key.Id, root);
    }

    /// <summary>The objects of <paramref name="root"/> that are not in <paramref name="covered"/>.</summary>
    /// <exception cref="ObjectMissingException">A tree is neither in the cache nor on the remote.</exception>
    public async Task<PushPlan> PlanAsync(RootKey root, RootKey? covered, CancellationToken cancellationToken)
    {
        _others.Clear();
        IReadOnlyList<PlannedObject> objects = await ListAsync(root, covered, cancellationToken);
        return new PushPlan(objects, [.. _others]);
    }

    private async Task<IReadOnlyList<PlannedObject>> ListAsync(RootKey root, RootKey? covered, CancellationToken cancellationToken)
    {
        _trees.Budget = new TreeBudget();
        var objects = new List<PlannedObject>();
        if (root.Key.Kind == ObjectKind.Content)
        {
            if (root.Blocks is { } blocks)
                objects.Add(new PlannedObject(ObjectKey.Content(blocks), BlockHasher.ListSize(root.Size), root.Path, IsBlockList: true));
            objects.Add(new PlannedObject(root.Key, root.Size, root.Path));
            return objects;
        }
        TreeEntry entry = Folder(root);
        TreeEntry? known = covered is not null && covered.Key.Kind == ObjectKind.Tree && cache.Contains(covered.Key) ? Folder(covered) : null;
        if (known is not null)
            _others.Add(covered!);
        await AddFolderAsync(entry, known, root.Path, "", objects, cancellationToken);
        return objects;
    }

    private async Task AddFolderAsync(
        TreeEntry folder, TreeEntry? known, string path, string inside, List<PlannedObject> objects, CancellationToken cancellationToken)
    {
        if (folder.SameAs(known))
            return;
        if (_whole.TryGetValue(folder.Id, out RootKey? other))
        {
            _others.Add(other);
            return;
        }
        IReadOnlyList<TreeEntry> entries = await _trees.ReadAsync(folder.Id, Said(folder), inside, cancellationToken);
        IReadOnlyList<TreeEntry> knownEntries = await ReadKnownAsync(known, inside, cancellationToken);
        foreach (TreeEntry entry in entries)
        {
            TreeEntry? same = TreeReader.Find(knownEntries, entry.Name);
            string child = $"{path}/{entry.Name}";
            if (entry.IsDirectory)
            {
                await AddFolderAsync(entry, same is { IsDirectory: true } ? same : null, child, inside.Length == 0 ? entry.Name : $"{inside}/{entry.Name}", objects, cancellationToken);
            }
            else if (same is null || same.Key != entry.Key)
            {
                if (!entry.BlocksId.IsEmpty)
                    objects.Add(new PlannedObject(ObjectKey.Content(entry.BlocksId), BlockHasher.ListSize(entry.Size), child, IsBlockList: true));
                objects.Add(new PlannedObject(entry.Key, entry.Size, child));
            }
        }
        HashSet<ObjectId> knownParts = known is null ? [] : [.. await OwnObjectsAsync(known, cancellationToken)];
        IReadOnlyList<ObjectId> own = await _trees.ListOwnObjectsAsync(folder.Id, cancellationToken);
        // Parts come before the list that names them.
        objects.AddRange(own.Where(id => !knownParts.Contains(id)).Select(ObjectKey.Tree).Select(key => new PlannedObject(key, cache.TryStat(key)?.Size, path)));
    }

    private async Task<IReadOnlyList<ObjectId>> OwnObjectsAsync(TreeEntry folder, CancellationToken cancellationToken)
    {
        try
        {
            return await _trees.ListOwnObjectsAsync(folder.Id, cancellationToken);
        }
        catch (ObjectMissingException)
        {
            return [];
        }
    }

    private async Task<IReadOnlyList<TreeEntry>> ReadKnownAsync(TreeEntry? known, string inside, CancellationToken cancellationToken)
    {
        if (known is null)
            return [];
        try
        {
            return await _trees.ReadAsync(known.Id, Said(known), inside, cancellationToken);
        }
        catch (ObjectMissingException)
        {
            // An older version whose trees were let go: it saves nothing here.
            return [];
        }
    }

    private static Declared Said(TreeEntry folder) => new(folder.Size, folder.Files == Undeclared ? null : folder.Files);

    private static TreeEntry Folder(RootKey root) => new()
    {
        Kind = TreeEntryKind.Directory,
        Name = root.Path,
        Id = root.Key.Id,
        Size = root.Size,
        Files = root.Files ?? Undeclared,
    };
}
