using System.Collections.Concurrent;
using DataVersion.Storage;

namespace DataVersion.Objects.Packs;

/// <summary>A pack that an index lists.</summary>
/// <param name="Listing">What it is; its entries are not kept.</param>
/// <param name="Index">The index that lists it.</param>
internal sealed record KnownPack(PackListing Listing, PackIndexRef Index);

/// <summary>Where an object lies in a pack.</summary>
internal readonly record struct PackedAt(KnownPack Pack, int Offset, int Stored, int Size);

/// <summary>
/// Knows what lies in the packs of a remote, as far as the catalogs of the roots in use tell. Catalogs and indexes are read when something is first looked
/// for, each once; what cannot be read counts for those objects alone that nothing else knows. May be used by several threads.
/// </summary>
internal sealed class PackDirectory(PackDocuments documents, int atOnce)
{
    private readonly Turns _turns = new();
    private readonly ConcurrentQueue<RootKey> _unread = new();
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IReadOnlyList<PackIndexRef>> _catalogs = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly HashSet<PackIndexRef> _known = [];
    private readonly List<PackIndexRef> _closed = [];
    private readonly Dictionary<ObjectKey, PackedAt> _objects = [];
    private readonly Dictionary<PackIndexRef, List<KnownPack>> _packs = [];
    private readonly List<(bool Trees, PackListing Pack)> _unlisted = [];
    private volatile DataVersionException? _unreadable;

    // Read by threads whose turn it is not: whether anything is left to read. A catalog is, until what it names has been noted.
    private int _unnoted;
    private volatile bool _hasClosedTrees;
    private volatile bool _hasClosedContents;

    /// <summary>Looks, from now on, also for what the catalog of a root knows. Costs nothing before something is looked for.</summary>
    public void Use(RootKey root)
    {
        // Whoever finds that another thread has named the root must find it among the unread ones, too.
        lock (_lock)
        {
            if (!_used.Add(ObjectLayout.CatalogOf(root)))
                return;
            _unread.Enqueue(root);
            Interlocked.Increment(ref _unnoted);
        }
    }

    /// <summary>The indexes that the catalog of a root names; none where it has no catalog: nothing under it is packed.</summary>
    public async Task<IReadOnlyList<PackIndexRef>> IndexesOfAsync(RootKey root, CancellationToken cancellationToken)
    {
        string name = ObjectLayout.CatalogOf(root);
        if (_catalogs.TryGetValue(name, out IReadOnlyList<PackIndexRef>? known))
            return known;
        return _catalogs[name] = await documents.TryReadCatalogAsync(name, cancellationToken) ?? [];
    }

    /// <summary>Where an object lies; null where it is in none of the packs.</summary>
    /// <param name="key">The object.</param>
    /// <param name="size">Its bytes, where they are known: what is larger than the largest packed object is not looked for.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ObjectMissingException">It is not known, and an index is gone.</exception>
    /// <exception cref="ObjectCorruptException">It is not known, and an index is something else.</exception>
    /// <exception cref="InvalidFormatException">It is not known, and a catalog is something else.</exception>
    public async Task<PackedAt?> FindAsync(ObjectKey key, long? size, CancellationToken cancellationToken)
    {
        if (size > PackLimits.MaxObject)
            return null;
        // A block list lies with the trees: contents are looked through only for what is not there.
        await ReadAsync(trees: true, cancellationToken);
        if (TryGet(key) is { } tree)
            return tree;
        if (key.Kind == ObjectKind.Content)
        {
            await ReadAsync(trees: false, cancellationToken);
            if (TryGet(key) is { } content)
                return content;
        }
        return _unreadable is { } error ? throw error : null;
    }

    /// <summary>Where those of <paramref name="objects"/> lie that are known to be in a pack.</summary>
    public async Task<IReadOnlyDictionary<ObjectKey, PackedAt>> FindAllAsync(IReadOnlyCollection<ObjectRequest> objects, CancellationToken cancellationToken)
    {
        List<ObjectRequest> small = [.. objects.Where(o => o.Size is null or <= PackLimits.MaxObject)];
        if (small.Count == 0)
            return new Dictionary<ObjectKey, PackedAt>();
        await ReadAsync(trees: true, cancellationToken);
        await ReadAsync(trees: false, cancellationToken);
        return Known(small);
    }

    /// <summary>As <see cref="FindAllAsync"/>, without reading anything.</summary>
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

    /// <summary>Bytes of the indexes that were not read yet.</summary>
    public Task<long> UnreadBytesAsync(CancellationToken cancellationToken) => _turns.TakeAsync(async () =>
    {
        await ReadCatalogsAsync(cancellationToken);
        return _closed.Sum(i => (long)i.Size);
    }, cancellationToken);

    /// <summary>Where an object lies, as far as that is known already.</summary>
    public PackedAt? TryGet(ObjectKey key)
    {
        lock (_lock)
            return _objects.TryGetValue(key, out PackedAt at) ? at : null;
    }

    /// <summary>Notes a pack that was just stored, and listed: of several that hold an object, this one counts.</summary>
    public void Add(PackListing pack, PackIndexRef index) => Add(pack, index, isNew: true);

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

    /// <summary>Forgets a pack that is gone.</summary>
    public void Remove(KnownPack pack)
    {
        lock (_lock)
        {
            foreach (ObjectKey key in _objects.Where(o => ReferenceEquals(o.Value.Pack, pack)).Select(o => o.Key).ToList())
                _objects.Remove(key);
            _packs.GetValueOrDefault(pack.Index)?.RemoveAll(p => ReferenceEquals(p, pack));
        }
    }

    private void Add(PackListing pack, PackIndexRef index, bool isNew)
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

    private Task ReadAsync(bool trees, CancellationToken cancellationToken) =>
        Volatile.Read(ref _unnoted) == 0 && !(trees ? _hasClosedTrees : _hasClosedContents)
            ? Task.CompletedTask
            : _turns.TakeAsync(() => ReadIndexesAsync(trees, cancellationToken), cancellationToken);

    private async Task<bool> ReadIndexesAsync(bool trees, CancellationToken cancellationToken)
    {
        await ReadCatalogsAsync(cancellationToken);
        List<PackIndexRef> wanted = [.. _closed.Where(i => i.Trees == trees)];
        await Parallel.ForEachAsync(wanted, Options(cancellationToken), (index, token) => NoteUnreadableAsync(async () =>
        {
            foreach (PackListing pack in await documents.ReadIndexAsync(index, token))
                Add(pack, index, isNew: false);
        }));
        _closed.RemoveAll(i => i.Trees == trees);
        NoteClosed();
        return true;
    }

    private async Task ReadCatalogsAsync(CancellationToken cancellationToken)
    {
        var roots = new List<RootKey>();
        while (_unread.TryDequeue(out RootKey? root))
            roots.Add(root);
        try
        {
            await Parallel.ForEachAsync(roots, Options(cancellationToken), (root, token) => NoteUnreadableAsync(() => IndexesOfAsync(root, token)));
        }
        catch
        {
            // Whoever looks next reads them again.
            roots.ForEach(_unread.Enqueue);
            throw;
        }
        foreach (PackIndexRef index in roots.SelectMany(r => _catalogs.GetValueOrDefault(ObjectLayout.CatalogOf(r), [])))
        {
            if (_known.Add(index))
                _closed.Add(index);
        }
        NoteClosed();
        Interlocked.Add(ref _unnoted, -roots.Count);
    }

    private async ValueTask NoteUnreadableAsync(Func<Task> read)
    {
        try
        {
            await read();
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or InvalidFormatException)
        {
            _unreadable = e;
        }
    }

    private void NoteClosed()
    {
        _hasClosedTrees = _closed.Exists(i => i.Trees);
        _hasClosedContents = _closed.Exists(i => !i.Trees);
    }

    private ParallelOptions Options(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken };
}
