using System.Collections.Concurrent;
using DataVersion.Storage;

namespace DataVersion.Objects.Packs;

/// <summary>
/// What a push to a packed remote does: packs, then the indexes that list them, then, when all under a root is there, the catalog that names the indexes.
/// </summary>
/// <param name="documents">Writes the documents.</param>
/// <param name="directory">Knows what is there, and is told what comes.</param>
/// <param name="indexes">Writes indexes.</param>
/// <param name="zstd">Compress what is packed.</param>
/// <param name="pruneFrom">Bytes of indexes that any root may name: a small one may lie in full packs, in full indexes.</param>
internal sealed class PackPush(PackDocuments documents, PackDirectory directory, PackIndexes indexes, bool zstd, long pruneFrom)
{
    // A line of a listing has 90 bytes, and a file one, and less than one of trees: four times as much is waste.
    private const long MostPerFile = 4 * 180;

    private readonly ConcurrentBag<(bool Trees, PackListing Pack)> _unlisted = [];
    private readonly Dictionary<RootKey, IReadOnlySet<PackIndexRef>> _catalogs = [];

    /// <summary>Begins a pack.</summary>
    public PackBuilder Begin() => new(zstd);

    /// <summary>Stores a pack; the objects in it count only when <see cref="ListAsync"/> has returned.</summary>
    /// <param name="builder">What is in it.</param>
    /// <param name="trees">True for trees and block lists.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False where an earlier, interrupted push has sent that very pack.</returns>
    public async Task<bool> PutAsync(PackBuilder builder, bool trees, CancellationToken cancellationToken)
    {
        (PackListing pack, IContent content) = builder.Build();
        bool sent = await documents.PutAsync(ObjectLayout.PackOf(pack.Id), content, cancellationToken);
        _unlisted.Add((trees, pack));
        return sent;
    }

    /// <summary>Writes the indexes of the packs that were put, or found without an index that may be relied on.</summary>
    public async Task ListAsync(CancellationToken cancellationToken)
    {
        foreach ((bool trees, PackListing pack) in directory.Map.TakeUnlisted())
            _unlisted.Add((trees, pack));
        foreach (IGrouping<bool, (bool Trees, PackListing Pack)> kind in _unlisted.GroupBy(u => u.Trees))
        {
            foreach ((PackListing pack, PackIndexRef index) in await indexes.WriteAsync(kind.Key, kind.Select(u => u.Pack), cancellationToken))
                directory.Map.Add(pack, index, isNew: true);
        }
        _unlisted.Clear();
    }

    /// <summary>
    /// Whether it can be found out where what lies under a folder is: by its catalog, or because it was pushed before the remote was a packed one. Without, another
    /// root cannot refer to it.
    /// </summary>
    public async Task<bool> CanReferToAsync(RootKey root, CancellationToken cancellationToken)
    {
        try
        {
            return (await directory.IndexesOfAsync(root, cancellationToken)).Count > 0
                || await documents.ExistsAsync(ObjectLayout.NameOf(root.Key), cancellationToken);
        }
        catch (InvalidFormatException)
        {
            return false;
        }
    }

    /// <summary>Notes what the catalog of a root has to name.</summary>
    /// <param name="root">Everything under it was sent or found.</param>
    /// <param name="objects">What was looked at of it.</param>
    /// <param name="others">Roots that are whole there and have the rest of it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task DescribeAsync(RootKey root, IEnumerable<ObjectKey> objects, IEnumerable<RootKey> others, CancellationToken cancellationToken)
    {
        var named = new HashSet<PackIndexRef>();
        foreach (ObjectKey key in objects)
        {
            if (directory.Map.TryGet(key) is { } at)
                named.Add(at.Pack.Index);
        }
        foreach (RootKey other in others)
            named.UnionWith(_catalogs.TryGetValue(other, out IReadOnlySet<PackIndexRef>? described) ? described : await directory.IndexesOfAsync(other, cancellationToken));
        _catalogs[root] = named;
    }

    /// <summary>Whether what was described is far more than a root of so many files needs: what was taken over from older versions is of no use any more.</summary>
    public bool IsBloated(RootKey root) =>
        _catalogs.TryGetValue(root, out IReadOnlySet<PackIndexRef>? named) && named.Sum(i => (long)i.Size) > pruneFrom + (MostPerFile * (root.Files ?? 1));

    /// <summary>Leaves out of what was described what a root does not need.</summary>
    /// <param name="root">A root that was described.</param>
    /// <param name="all">Everything under it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task PruneAsync(RootKey root, IEnumerable<ObjectKey> all, CancellationToken cancellationToken) =>
        _catalogs[root] = await indexes.PruneAsync(_catalogs[root], all, cancellationToken);

    /// <summary>Writes the catalog of a root, if anything of it is packed.</summary>
    public async Task WriteCatalogAsync(RootKey root, CancellationToken cancellationToken)
    {
        if (_catalogs.TryGetValue(root, out IReadOnlySet<PackIndexRef>? named) && named.Count > 0)
            await documents.WriteCatalogAsync(root, await indexes.MergeAsync(named, cancellationToken), cancellationToken);
    }
}
