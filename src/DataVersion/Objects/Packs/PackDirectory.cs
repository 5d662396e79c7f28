using System.Collections.Concurrent;
using DataVersion.Storage;

namespace DataVersion.Objects.Packs;

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
    private volatile DataVersionException? _unreadable;

    // Read by threads whose turn it is not: whether anything is left to read. A catalog is, until what it names has been noted.
    private int _unnoted;
    private volatile bool _hasClosedTrees;
    private volatile bool _hasClosedContents;

    /// <summary>What has been read.</summary>
    public PackMap Map { get; } = new();

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
    /// <exception cref="RemoteException">It is not known, and an index is gone or may not be read.</exception>
    public async Task<PackedAt?> FindAsync(ObjectKey key, long? size, CancellationToken cancellationToken)
    {
        if (size > PackLimits.MaxObject)
            return null;
        // A block list lies with the trees: contents are looked through only for what is not there.
        await ReadAsync(trees: true, cancellationToken);
        if (Map.TryGet(key) is { } tree)
            return tree;
        if (key.Kind == ObjectKind.Content)
        {
            await ReadAsync(trees: false, cancellationToken);
            if (Map.TryGet(key) is { } content)
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
        return Map.Known(small);
    }

    /// <summary>Bytes of the indexes that were not read yet.</summary>
    public Task<long> UnreadBytesAsync(CancellationToken cancellationToken) => _turns.TakeAsync(async () =>
    {
        await ReadCatalogsAsync(cancellationToken);
        return _closed.Sum(i => (long)i.Size);
    }, cancellationToken);

    private Task ReadAsync(bool trees, CancellationToken cancellationToken) =>
        Volatile.Read(ref _unnoted) == 0 && !(trees ? _hasClosedTrees : _hasClosedContents)
            ? Task.CompletedTask
            : _turns.TakeAsync(() => ReadIndexesAsync(trees, cancellationToken), cancellationToken);

    private async Task<bool> ReadIndexesAsync(bool trees, CancellationToken cancellationToken)
    {
        await ReadCatalogsAsync(cancellationToken);
        var failed = new Dictionary<PackIndexRef, DataVersionException>(await ReadClosedAsync(trees, cancellationToken));
        try
        {
            if (failed.Count > 0 && await ReadCatalogsAgainAsync(failed, cancellationToken))
            {
                foreach ((PackIndexRef index, DataVersionException error) in await ReadClosedAsync(trees, cancellationToken))
                    failed[index] = error;
            }
        }
        finally
        {
            // Whoever looks next does not read these again.
            foreach ((PackIndexRef index, DataVersionException error) in failed)
            {
                if (_catalogs.Values.Any(named => named.Contains(index)))
                    _unreadable = error;
            }
        }
        return true;
    }

    private async Task<IReadOnlyDictionary<PackIndexRef, DataVersionException>> ReadClosedAsync(bool trees, CancellationToken cancellationToken)
    {
        List<PackIndexRef> wanted = [.. _closed.Where(i => i.Trees == trees)];
        var failed = new ConcurrentDictionary<PackIndexRef, DataVersionException>();
        await Parallel.ForEachAsync(wanted, Options(cancellationToken), async (index, token) =>
        {
            try
            {
                foreach (PackListing pack in await documents.ReadIndexAsync(index, token))
                    Map.Add(pack, index, isNew: false);
            }
            catch (DataVersionException e) when (IsOfOne(e))
            {
                failed[index] = e;
            }
        });
        _closed.RemoveAll(i => i.Trees == trees);
        NoteClosed();
        return failed;
    }

    /// <summary>Reads those catalogs again that name one of those indexes: nothing proves a catalog, and the way here may have changed a name in it.</summary>
    /// <returns>Whether one says something else now.</returns>
    private async Task<bool> ReadCatalogsAgainAsync(IReadOnlyDictionary<PackIndexRef, DataVersionException> failed, CancellationToken cancellationToken)
    {
        bool any = false;
        foreach ((string name, IReadOnlyList<PackIndexRef> before) in _catalogs.Where(c => c.Value.Any(failed.ContainsKey)).ToList())
        {
            IReadOnlyList<PackIndexRef> now;
            try
            {
                now = await documents.TryReadCatalogAsync(name, cancellationToken) ?? [];
            }
            catch (InvalidFormatException)
            {
                continue;
            }
            if (now.SequenceEqual(before))
                continue;
            _catalogs[name] = now;
            _closed.AddRange(now.Where(_known.Add));
            any = true;
        }
        NoteClosed();
        return any;
    }

    private async Task ReadCatalogsAsync(CancellationToken cancellationToken)
    {
        var roots = new List<RootKey>();
        while (_unread.TryDequeue(out RootKey? root))
            roots.Add(root);
        try
        {
            await Parallel.ForEachAsync(roots, Options(cancellationToken), async (root, token) =>
            {
                try
                {
                    await IndexesOfAsync(root, token);
                }
                catch (DataVersionException e) when (IsOfOne(e))
                {
                    _unreadable = e;
                }
            });
        }
        catch
        {
            // Whoever looks next reads them again.
            roots.ForEach(_unread.Enqueue);
            throw;
        }
        _closed.AddRange(roots.SelectMany(r => _catalogs.GetValueOrDefault(ObjectLayout.CatalogOf(r), [])).Where(_known.Add));
        NoteClosed();
        Interlocked.Add(ref _unnoted, -roots.Count);
    }

    // What is wrong with one catalog or index, and fails nothing that others know.
    private static bool IsOfOne(DataVersionException error) =>
        error is ObjectMissingException or ObjectCorruptException or InvalidFormatException or RemoteException { IsDenied: true };

    private void NoteClosed()
    {
        _hasClosedTrees = _closed.Exists(i => i.Trees);
        _hasClosedContents = _closed.Exists(i => !i.Trees);
    }

    private ParallelOptions Options(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken };
}
