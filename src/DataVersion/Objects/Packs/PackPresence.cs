using System.Collections.Concurrent;
using DataVersion.Storage;

namespace DataVersion.Objects.Packs;

/// <summary>Finds out which objects are in packs that are there.</summary>
internal sealed class PackPresence(IBlobStore store, PackDocuments documents, PackDirectory directory)
{
    // Names of packs that are there, each with its size.
    private readonly ConcurrentDictionary<string, bool> _whole = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<PackIndexRef, bool> _checked = new();

    /// <summary>Those of <paramref name="objects"/> that are packed, each in a pack that is there with its size.</summary>
    /// <param name="objects">Objects that may be packed.</param>
    /// <param name="thorough">
    /// Read all indexes for it, however much they are, and ask for them, too, and for everything that they list; without, they are read only where they are
    /// less than what sending the objects again would cost.
    /// </param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlySet<ObjectKey>> FindAsync(IReadOnlyCollection<ObjectRequest> objects, bool thorough, CancellationToken cancellationToken)
    {
        if (objects.Count == 0)
            return new HashSet<ObjectKey>();
        bool worthReading = thorough || await directory.UnreadBytesAsync(cancellationToken) <= objects.Sum(o => o.Size ?? 0);
        IReadOnlyDictionary<ObjectKey, PackedAt> found = worthReading ? await directory.FindAllAsync(objects, cancellationToken) : directory.Map.Known(objects);
        if (thorough)
            found = RemoveLies(objects, found);
        IEnumerable<KnownPack> packs = found.Values.Select(at => at.Pack).Distinct();
        if (thorough)
        {
            foreach (PackIndexRef index in packs.Select(p => p.Index).Distinct().Where(i => _checked.TryAdd(i, true)).ToList())
                await CheckIndexAsync(index, cancellationToken);
        }
        else
        {
            await RemoveGoneAsync(packs, cancellationToken);
        }
        found = directory.Map.Known(objects);
        return objects.Where(o => found.TryGetValue(o.Key, out PackedAt at) && (o.Size is null || o.Size == at.Size)).Select(o => o.Key).ToHashSet();
    }

    /// <summary>Counts on packs no longer that hold something else than their listings say, whatever their sizes: they are written again, and what else their indexes list is listed again.</summary>
    public async Task DistrustAsync(IReadOnlyCollection<KnownPack> packs, CancellationToken cancellationToken)
    {
        foreach (KnownPack pack in packs)
            documents.NoteCorrupt(NameOf(pack));
        directory.Map.Remove(packs);
        foreach (PackIndexRef index in packs.Select(p => p.Index).Distinct())
            await ListAgainAsync(index, cancellationToken);
    }

    /// <summary>Forgets indexes that say another size of an object than its tree does: a reader might believe them sooner than those that are right.</summary>
    private IReadOnlyDictionary<ObjectKey, PackedAt> RemoveLies(IReadOnlyCollection<ObjectRequest> objects, IReadOnlyDictionary<ObjectKey, PackedAt> found)
    {
        List<PackIndexRef> lies = [.. objects.Where(o => o.Size is { } size && found.TryGetValue(o.Key, out PackedAt at) && at.Size != size).Select(o => found[o.Key].Pack.Index).Distinct()];
        directory.Map.Remove(lies.SelectMany(directory.Map.PacksOf));
        return lies.Count > 0 ? directory.Map.Known(objects) : found;
    }

    /// <summary>
    /// Whoever reads an index may look for an object in any of its packs: where one is gone, no catalog may name the index any longer, and what else it
    /// lists is listed again.
    /// </summary>
    private async Task CheckIndexAsync(PackIndexRef index, CancellationToken cancellationToken)
    {
        bool allThere = await RemoveGoneAsync(directory.Map.PacksOf(index), cancellationToken);
        if (allThere && await IsThereAsync(ObjectLayout.PackIndexOf(index.Id), index.Size, cancellationToken))
            return;
        await ListAgainAsync(index, cancellationToken);
    }

    private async Task ListAgainAsync(PackIndexRef index, CancellationToken cancellationToken)
    {
        IReadOnlyList<KnownPack> left = directory.Map.PacksOf(index);
        HashSet<string> names = [.. left.Select(NameOf)];
        try
        {
            foreach (PackListing pack in await documents.ReadIndexAsync(index, cancellationToken))
            {
                if (names.Remove(ObjectLayout.PackOf(pack.Id)))
                    directory.Map.AddUnlisted(index.Trees, pack);
            }
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or InvalidFormatException)
        {
            directory.Map.Remove(left);
        }
    }

    /// <summary>Forgets those packs that are not there, or not with their size; false where there are any.</summary>
    private async Task<bool> RemoveGoneAsync(IEnumerable<KnownPack> packs, CancellationToken cancellationToken)
    {
        var gone = new ConcurrentBag<KnownPack>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = store.Traits.Connections, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(packs.Where(p => !_whole.ContainsKey(NameOf(p))).ToList(), options, async (pack, token) =>
        {
            if (await IsThereAsync(NameOf(pack), pack.Listing.Size, token))
            {
                _whole[NameOf(pack)] = true;
                return;
            }
            gone.Add(pack);
        });
        directory.Map.Remove(gone);
        return gone.IsEmpty;
    }

    private async Task<bool> IsThereAsync(string name, long size, CancellationToken cancellationToken) =>
        (await store.StatAsync(name, cancellationToken))?.Size == size;

    private static string NameOf(KnownPack pack) => ObjectLayout.PackOf(pack.Listing.Id);
}
