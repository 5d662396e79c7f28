namespace DataVersion.Objects.Packs;

/// <summary>A pack that an index lists.</summary>
/// <param name="Listing">What it is; its entries are not kept.</param>
/// <param name="Index">The index that lists it.</param>
internal sealed record KnownPack(PackListing Listing, PackIndexRef Index);

/// <summary>Where an object lies in a pack.</summary>
internal readonly record struct PackedAt(KnownPack Pack, int Offset, int Stored, int Size);

/// <summary>What is known of packs: which objects lie where, and which index lists what. May be used by several threads.</summary>
internal sealed class PackMap
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, PackedAt> _objects = [];
    private readonly Dictionary<PackIndexRef, List<KnownPack>> _packs = [];
    private readonly List<(bool Trees, PackListing Pack)> _unlisted = [];

    /// <summary>Where an object lies, as far as that is known already.</summary>
    public PackedAt? TryGet(ObjectKey key)
    {
        lock (_lock)
            return _objects.TryGetValue(key, out PackedAt at) ? at : null;
    }

    /// <summary>The packs that an index lists, but for those that are gone.</summary>
    public IReadOnlyList<KnownPack> PacksOf(PackIndexRef index)
    {
        lock (_lock)
            return _packs.TryGetValue(index, out List<KnownPack>? packs) ? [.. packs] : [];
    }

    /// <summary>Notes a pack that is there, and of which no index speaks that may be relied on: the next push lists it again.</summary>
    public void AddUnlisted(bool trees, PackListing pack)
    {
        lock (_lock)
            _unlisted.Add((trees, pack));
    }

    /// <summary>Takes the packs that are to be listed again.</summary>
    public IReadOnlyList<(bool Trees, PackListing Pack)> TakeUnlisted()
    {
        lock (_lock)
        {
            (bool, PackListing)[] taken = [.. _unlisted];
            _unlisted.Clear();
            return taken;
        }
    }

    /// <summary>Forgets packs that are gone.</summary>
    public void Remove(IEnumerable<KnownPack> packs)
    {
        var gone = new HashSet<KnownPack>(packs, ReferenceEqualityComparer.Instance);
        if (gone.Count == 0)
            return;
        lock (_lock)
        {
            foreach (ObjectKey key in _objects.Where(o => gone.Contains(o.Value.Pack)).Select(o => o.Key).ToList())
                _objects.Remove(key);
            foreach (PackIndexRef index in gone.Select(p => p.Index).Distinct())
                _packs.GetValueOrDefault(index)?.RemoveAll(gone.Contains);
        }
    }

    /// <summary>Notes a pack that an index lists.</summary>
    /// <param name="pack">It.</param>
    /// <param name="index">The index.</param>
    /// <param name="isNew">True for one that was just stored: of several that hold an object, it counts; else the first one does.</param>
    public void Add(PackListing pack, PackIndexRef index, bool isNew)
    {
        var known = new KnownPack(pack with { Entries = [] }, index);
        lock (_lock)
        {
            if (!_packs.TryGetValue(index, out List<KnownPack>? packs))
                _packs[index] = packs = [];
            packs.Add(known);
            foreach (PackEntry entry in pack.Entries)
            {
                var at = new PackedAt(known, entry.Offset, entry.Stored, entry.Size);
                if (isNew)
                    _objects[entry.Key] = at;
                else
                    _objects.TryAdd(entry.Key, at);
            }
        }
    }

    /// <summary>Where those of <paramref name="objects"/> lie that are known to be in a pack.</summary>
    public IReadOnlyDictionary<ObjectKey, PackedAt> Known(IEnumerable<ObjectRequest> objects)
    {
        var found = new Dictionary<ObjectKey, PackedAt>();
        lock (_lock)
        {
            foreach (ObjectRequest request in objects)
            {
                if (_objects.TryGetValue(request.Key, out PackedAt at))
                    found[request.Key] = at;
            }
        }
        return found;
    }
}
