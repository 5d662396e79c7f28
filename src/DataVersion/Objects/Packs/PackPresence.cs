using System.Collections.Concurrent;
using DataVersion.Storage;

namespace DataVersion.Objects.Packs;

/// <summary>Finds out which objects are in packs that are there.</summary>
internal sealed class PackPresence(IBlobStore store, PackDirectory directory)
{
    private readonly ConcurrentDictionary<KnownPack, bool> _checked = new();

    /// <summary>Those of <paramref name="objects"/> that are packed, each in a pack that is there with its size.</summary>
    /// <param name="objects">Objects that may be packed.</param>
    /// <param name="thorough">Read all indexes for it, however much they are; without, only where they are less than what sending the objects again would cost.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlySet<ObjectKey>> FindAsync(IReadOnlyCollection<ObjectRequest> objects, bool thorough, CancellationToken cancellationToken)
    {
        if (objects.Count == 0)
            return Keys([]);
        bool worthReading = thorough || await directory.UnreadBytesAsync(cancellationToken) <= objects.Sum(o => o.Size ?? 0);
        IReadOnlyDictionary<ObjectKey, PackedAt> found = worthReading ? await directory.FindAllAsync(objects, cancellationToken) : directory.Known(objects);
        var options = new ParallelOptions { MaxDegreeOfParallelism = store.Traits.Connections, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(found.Values.Select(at => at.Pack).Distinct().Where(p => !_checked.ContainsKey(p)), options, async (pack, token) =>
        {
            BlobInfo? there = await store.StatAsync(ObjectLayout.PackOf(pack.Listing.Id), token);
            bool whole = there?.Size == pack.Listing.Size;
            _checked[pack] = whole;
            if (!whole)
                directory.Remove(pack);
        });
        return Keys(objects.Where(o => found.TryGetValue(o.Key, out PackedAt at) && _checked[at.Pack] && (o.Size is null || o.Size == at.Size)));
    }

    private static HashSet<ObjectKey> Keys(IEnumerable<ObjectRequest> objects) => [.. objects.Select(o => o.Key)];
}
