using System.Collections.Concurrent;
using DataVersion.Storage;

namespace DataVersion.Objects.Packs;

/// <summary>
/// What a push to a packed remote does: packs, then the indexes that list them, then, when all under a root is there, the catalog that names the indexes.
/// </summary>
/// <param name="documents">Writes the documents.</param>
/// <param name="directory">Knows what is there, and is told what comes.</param>
/// <param name="zstd">Compress what is packed.</param>
internal sealed class PackPush(PackDocuments documents, PackDirectory directory, bool zstd)
{
    private readonly ConcurrentBag<(bool Trees, PackListing Pack, byte[] Text)> _unlisted = [];
    private readonly Dictionary<RootKey, HashSet<PackIndexRef>> _catalogs = [];

    /// <summary>Begins a pack.</summary>
    public PackBuilder Begin() => new(zstd);

    /// <summary>Stores a pack; the objects in it count only when <see cref="ListAsync"/> has returned.</summary>
    /// <param name="builder">What is in it.</param>
    /// <param name="trees">True for trees and block lists.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False where an earlier, interrupted push has sent that very pack.</returns>
    public async Task<bool> PutAsync(PackBuilder builder, bool trees, CancellationToken cancellationToken)
    {
        (PackListing pack, byte[] text, IContent content) = builder.Build();
        bool sent = await documents.PutAsync(ObjectLayout.PackOf(pack.Id), content, cancellationToken);
        _unlisted.Add((trees, pack, text));
        return sent;
    }

    /// <summary>Writes the indexes of the packs that were put, or found without an index that may be relied on.</summary>
    public async Task ListAsync(CancellationToken cancellationToken)
    {
        foreach ((bool trees, PackListing pack) in directory.TakeUnlisted())
            _unlisted.Add((trees, pack, PackListing.Write(pack.Entries)));
        foreach (bool trees in (bool[])[false, true])
        {
            var index = new MemoryStream();
            var listed = new List<PackListing>();
            // In an order that does not depend on which pack was faster: the same push again writes the same index.
            foreach ((bool _, PackListing pack, byte[] text) in _unlisted.Where(p => p.Trees == trees).OrderBy(p => p.Pack.Id))
            {
                index.Write(text);
                listed.Add(pack);
                if (index.Length >= PackLimits.Index)
                    await CloseAsync();
            }
            if (listed.Count > 0)
                await CloseAsync();

            async Task CloseAsync()
            {
                PackIndexRef written = await documents.WriteIndexAsync(trees, index.ToArray(), cancellationToken);
                listed.ForEach(pack => directory.Add(pack, written));
                listed.Clear();
                index.SetLength(0);
            }
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
        var indexes = new HashSet<PackIndexRef>();
        foreach (ObjectKey key in objects)
        {
            if (directory.TryGet(key) is { } at)
                indexes.Add(at.Pack.Index);
        }
        foreach (RootKey other in others)
            indexes.UnionWith(_catalogs.TryGetValue(other, out HashSet<PackIndexRef>? described) ? described : await directory.IndexesOfAsync(other, cancellationToken));
        _catalogs[root] = indexes;
    }

    /// <summary>Writes the catalog of a root, if anything of it is packed.</summary>
    public Task WriteCatalogAsync(RootKey root, CancellationToken cancellationToken) =>
        _catalogs.TryGetValue(root, out HashSet<PackIndexRef>? indexes) && indexes.Count > 0
            ? documents.WriteCatalogAsync(root, indexes, cancellationToken)
            : Task.CompletedTask;
}
