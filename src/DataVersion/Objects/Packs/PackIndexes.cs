using System.Collections.Concurrent;
using DataVersion.Storage;

namespace DataVersion.Objects.Packs;

/// <summary>Writes indexes, and keeps what a catalog names few and to the point: a root that is edited a thousand times is read with few requests.</summary>
/// <param name="documents">Reads and writes them.</param>
/// <param name="atOnce">Requests at once.</param>
internal sealed class PackIndexes(PackDocuments documents, int atOnce)
{
    // Each push of an edit leaves one of each kind. So many of them cost a new clone less than the bytes of one full one.
    private const int Many = 16;
    private const int Small = PackLimits.Index / 4;

    /// <summary>Lists packs in as few indexes as may be.</summary>
    /// <returns>Each pack, and the index that lists it.</returns>
    public async Task<IReadOnlyList<(PackListing Pack, PackIndexRef Index)>> WriteAsync(bool trees, IEnumerable<PackListing> packs, CancellationToken cancellationToken)
    {
        var written = new List<(PackListing, PackIndexRef)>();
        var index = new MemoryStream();
        var listed = new List<PackListing>();
        // In an order that does not depend on which pack was faster: the same packs make the same indexes.
        foreach (PackListing pack in packs.DistinctBy(p => p.Id).OrderBy(p => p.Id))
        {
            index.Write(PackListing.Write(pack.Entries));
            listed.Add(pack);
            if (index.Length >= PackLimits.Index)
                await CloseAsync();
        }
        if (listed.Count > 0)
            await CloseAsync();
        return written;

        async Task CloseAsync()
        {
            PackIndexRef closed = await documents.WriteIndexAsync(trees, index.ToArray(), cancellationToken);
            written.AddRange(listed.Select(pack => (pack, closed)));
            listed.Clear();
            index.SetLength(0);
        }
    }

    /// <summary>Puts small indexes together where there are many.</summary>
    /// <returns>Indexes that list the same packs.</returns>
    public async Task<IReadOnlySet<PackIndexRef>> MergeAsync(IReadOnlySet<PackIndexRef> indexes, CancellationToken cancellationToken)
    {
        var merged = new HashSet<PackIndexRef>(indexes);
        foreach (IGrouping<bool, PackIndexRef> kind in indexes.Where(i => i.Size < Small).GroupBy(i => i.Trees))
        {
            if (kind.Count() < Many)
                continue;
            IReadOnlyDictionary<PackIndexRef, IReadOnlyList<PackListing>> read = await ReadAsync(kind, cancellationToken);
            merged.ExceptWith(read.Keys);
            merged.UnionWith((await WriteAsync(kind.Key, read.Values.SelectMany(packs => packs), cancellationToken)).Select(w => w.Index));
        }
        return merged;
    }

    /// <summary>Leaves out what lists none of <paramref name="needed"/>, and lists the needed packs anew where most others beside them are not.</summary>
    /// <returns>Indexes that know all of <paramref name="needed"/> that <paramref name="indexes"/> do.</returns>
    public async Task<IReadOnlySet<PackIndexRef>> PruneAsync(IReadOnlySet<PackIndexRef> indexes, IEnumerable<ObjectKey> needed, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<PackIndexRef, IReadOnlyList<PackListing>> read = await ReadAsync(indexes, cancellationToken);
        HashSet<PackIndexRef> kept = [.. indexes.Where(i => !read.ContainsKey(i))];
        var left = new HashSet<ObjectKey>(needed);
        foreach (IGrouping<bool, PackIndexRef> kind in read.Keys.OrderByDescending(i => i.Size).ThenBy(i => i).GroupBy(i => i.Trees))
        {
            var anew = new List<PackListing>();
            foreach (PackIndexRef index in kind)
            {
                // What one pack has, no other is needed for.
                List<PackListing> packs = [.. read[index].Where(pack => pack.Entries.Where(e => left.Remove(e.Key)).ToList().Count > 0)];
                if (packs.Sum(p => p.Listing) >= index.Size / 2)
                    kept.Add(index);
                else
                    anew.AddRange(packs);
            }
            kept.UnionWith((await WriteAsync(kind.Key, anew, cancellationToken)).Select(w => w.Index));
        }
        return kept;
    }

    /// <summary>Those indexes that can be read; one that cannot stays as it is, and whoever needs it is told what is wrong with it.</summary>
    private async Task<IReadOnlyDictionary<PackIndexRef, IReadOnlyList<PackListing>>> ReadAsync(IEnumerable<PackIndexRef> indexes, CancellationToken cancellationToken)
    {
        var read = new ConcurrentDictionary<PackIndexRef, IReadOnlyList<PackListing>>();
        await Parallel.ForEachAsync(indexes, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken }, async (index, token) =>
        {
            try
            {
                read[index] = await documents.ReadIndexAsync(index, token);
            }
            catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or InvalidFormatException or RemoteException { IsDenied: true })
            {
            }
        });
        return read;
    }
}
