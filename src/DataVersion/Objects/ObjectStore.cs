using System.Collections.Concurrent;
using DataVersion.Hashing;
using DataVersion.Objects.Packs;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>An object to look for; where the size is known, only an object of that size counts as present.</summary>
public readonly record struct ObjectRequest(ObjectKey Key, long? Size);

/// <summary>Ids → checked content, on a remote. Nothing above this class, and its <see cref="PushSession"/>, knows how objects lie there.</summary>
public sealed class ObjectStore
{
    /// <summary>What to do about an object that a remote holds and that is corrupt.</summary>
    internal const string HealHint = "replace it from a place that has a good one: dv push --verify";

    /// <summary>What to do about an object that a remote had and has no more.</summary>
    internal const string SendAgainHint = "push it again from a place that has it: dv push --deep";

    private readonly IBlobStore _store;

    private readonly string? _notes;
    private readonly long _pruneFrom;
    private readonly CompressedObjects? _compressed;
    private readonly ConcurrentDictionary<ObjectKey, bool> _damaged = new();
    private PackedObjects? _packed;
    private bool _pushed;

    private ObjectStore(IBlobStore store, string name, StoreIdentity? identity, ObjectStoreOptions options)
    {
        _store = store;
        Name = name;
        RemoteId = identity?.Id;
        Format = identity?.Format ?? StoreFormat.Plain;
        _notes = options.NotesDirectory is { } notes ? Path.Combine(notes, $"{RemoteId}.packs") : null;
        _pruneFrom = options.PruneFrom;
        _packed = Format.Packs ? new PackedObjects(store, name, _notes) : null;
        _compressed = Format.Zstd ? new CompressedObjects(store, name) : null;
    }

    /// <summary>The remote's name, for messages.</summary>
    public string Name { get; }

    /// <summary>What the remote calls itself, whatever its URL; null where nothing was ever pushed to it.</summary>
    public string? RemoteId { get; }

    /// <summary>How objects lie there; plain where nothing was ever pushed to it.</summary>
    public StoreFormat Format { get; }

    /// <summary>What the store below can do.</summary>
    public BlobStoreTraits Traits => _store.Traits;

    /// <summary>Opens a plain remote, or one that exists, without keeping notes about it.</summary>
    /// <inheritdoc cref="OpenAsync(IBlobStore, string, ObjectStoreOptions, CancellationToken)"/>
    public static Task<ObjectStore> OpenAsync(
        IBlobStore store, string remoteName, bool create, Func<string> newId, CancellationToken cancellationToken) =>
        OpenAsync(store, remoteName, new ObjectStoreOptions { Create = create, NewId = newId }, cancellationToken);

    /// <summary>Opens a remote.</summary>
    /// <param name="store">Its blobs.</param>
    /// <param name="remoteName">Its name, for messages.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="UsageException">The remote needs a newer version of dv.</exception>
    /// <exception cref="InvalidFormatException">What lies there is not a remote's document.</exception>
    /// <exception cref="RemoteException">It cannot be reached, or the directory or bucket does not exist.</exception>
    public static async Task<ObjectStore> OpenAsync(
        IBlobStore store, string remoteName, ObjectStoreOptions options, CancellationToken cancellationToken)
    {
        StoreIdentity? identity = options.Create
            ? await StoreIdentity.EnsureAsync(store, remoteName, options.NewId, options.Format, cancellationToken)
            : await StoreIdentity.ReadAsync(store, remoteName, cancellationToken);
        return new ObjectStore(store, remoteName, identity, options);
    }

    /// <summary>
    /// Names a root whose objects will be asked for: where they lie together, the remote says so by root. Costs nothing before something is asked for.
    /// </summary>
    public void Use(RootKey root) => _packed?.Directory.Use(root);

    /// <summary>From now on, believes nothing that is remembered about the remote: for a deep check of what it has.</summary>
    internal void IgnoreCopies() => _packed?.IgnoreCopies();

    /// <summary>Those of <paramref name="objects"/> that are not there, or not with that size.</summary>
    /// <param name="objects">What to look for.</param>
    /// <param name="thorough">
    /// Whatever it costs. Without, a small object may be said to be missing, and be sent again, where to find out would cost more than that.
    /// </param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<ObjectKey>> FindMissingAsync(IReadOnlyCollection<ObjectRequest> objects, bool thorough, CancellationToken cancellationToken)
    {
        if (RemoteId is null)
            return [.. objects.Select(o => o.Key).Distinct()];
        var alone = objects;
        var missing = new List<ObjectKey>();
        if (_packed is not null)
        {
            List<ObjectRequest> small = [.. objects.Where(o => o.Size is null or <= PackLimits.MaxObject)];
            IReadOnlySet<ObjectKey> there = await _packed.Presence.FindAsync(small, thorough, cancellationToken);
            // A small one is a blob of its own only if it was sent before the remote was a packed one, or if its size was not known.
            alone = [.. objects.Where(o => !there.Contains(o.Key) && (thorough || o.Size is null or > PackLimits.MaxObject))];
            missing.AddRange(small.Where(o => !there.Contains(o.Key) && !thorough && o.Size is not null).Select(o => o.Key).Distinct());
        }
        missing.AddRange(await new PresenceCheck(_store) { Compressed = _compressed, Thorough = thorough }.FindMissingAsync(alone, cancellationToken));
        return missing;
    }

    /// <inheritdoc cref="FindMissingAsync(IReadOnlyCollection{ObjectRequest}, bool, CancellationToken)"/>
    public Task<IReadOnlyList<ObjectKey>> FindMissingAsync(IReadOnlyCollection<ObjectRequest> objects, CancellationToken cancellationToken) =>
        FindMissingAsync(objects, thorough: true, cancellationToken);

    /// <summary>Opens an object, or a range of it. The bytes are not checked: whoever keeps them hashes them.</summary>
    /// <exception cref="ObjectMissingException">It is not there.</exception>
    /// <exception cref="ObjectCorruptException">It is stored compressed, and cannot be decompressed; the stream throws it, too.</exception>
    public async Task<Stream> OpenReadAsync(ObjectRequest request, ByteRange? range, CancellationToken cancellationToken)
    {
        ObjectKey key = request.Key;
        if (RemoteId is null)
            throw new ObjectMissingException(key.Id.ToString(), $"on remote '{Name}'", null, "nothing has been pushed to that remote yet");
        if (_packed is not null && await _packed.Directory.FindAsync(key, request.Size, cancellationToken) is { } at)
            return new ReadOnlyMemoryStream(Cut(await _packed.Reader.ReadAsync(key, at, cancellationToken), range));
        try
        {
            if (_compressed is not null && request.Size is null or > PackLimits.MaxObject && await _compressed.TryOpenAsync(key, range, cancellationToken) is { } stream)
                return stream;
            return await _store.OpenReadAsync(ObjectLayout.NameOf(key), range, cancellationToken);
        }
        catch (BlobNotFoundException)
        {
            throw new ObjectMissingException(key.Id.ToString(), $"on remote '{Name}'", null, "push it from where it was added: dv push");
        }
        catch (RemoteException e) when (e.IsDenied)
        {
            // Without the right to list, S3 answers 403 for what is not there.
            throw new RemoteException(Name, $"object {key.Id} is missing, or reading it is denied",
                "the right to list would tell which; see: dv remote test", e)
            {
                IsDenied = true,
            };
        }
    }

    /// <inheritdoc cref="OpenReadAsync(ObjectRequest, ByteRange?, CancellationToken)"/>
    public Task<Stream> OpenReadAsync(ObjectKey key, ByteRange? range, CancellationToken cancellationToken) =>
        OpenReadAsync(new ObjectRequest(key, null), range, cancellationToken);

    /// <summary>Where those of <paramref name="objects"/> that lie together with others are; on a plain remote none do.</summary>
    internal Task<IReadOnlyDictionary<ObjectKey, PackedAt>> FindPackedAsync(IReadOnlyCollection<ObjectRequest> objects, CancellationToken cancellationToken) =>
        _packed is null ? Task.FromResult<IReadOnlyDictionary<ObjectKey, PackedAt>>(new Dictionary<ObjectKey, PackedAt>()) : _packed.Directory.FindAllAsync(objects, cancellationToken);

    /// <summary>What to say of an object whose pack is gone.</summary>
    internal ObjectMissingException PackIsGone(ObjectKey key, PackedAt at) => _packed!.Reader.Missing(key, at.Pack);

    /// <inheritdoc cref="PackReader.ReadTogetherAsync"/>
    internal Task ReadTogetherAsync(
        IEnumerable<(ObjectKey Key, PackedAt At)> objects, Func<ObjectKey, ReadOnlyMemory<byte>?, ValueTask> receive, CancellationToken cancellationToken) =>
        _packed!.Reader.ReadTogetherAsync(objects, receive, cancellationToken);

    /// <summary>
    /// Notes objects that were read back and are not what their names say: the next <see cref="PushSession"/> stores them over what is there, and no longer counts on
    /// packs that hold one.
    /// </summary>
    /// <returns>All of <paramref name="objects"/> that have to be sent again: the damaged ones, and those that share a pack with one.</returns>
    internal async Task<IReadOnlySet<ObjectKey>> NoteDamagedAsync(
        IReadOnlyCollection<ObjectKey> damaged, IReadOnlyCollection<ObjectKey> objects, CancellationToken cancellationToken)
    {
        var again = new HashSet<ObjectKey>(damaged);
        HashSet<KnownPack> packs = [.. damaged.Select(key => _packed?.Directory.Map.TryGet(key)?.Pack).OfType<KnownPack>()];
        again.UnionWith(objects.Where(key => _packed?.Directory.Map.TryGet(key) is { } at && packs.Contains(at.Pack)));
        foreach (ObjectKey key in damaged.Where(key => _packed?.Directory.Map.TryGet(key) is null))
            _damaged[key] = true;
        if (_packed is not null)
            await _packed.Presence.DistrustAsync(packs, cancellationToken);
        return again;
    }

    /// <summary>The checked bytes of a small object: a tree, a block list, a link's target.</summary>
    /// <exception cref="ObjectMissingException">It is not there.</exception>
    /// <exception cref="ObjectCorruptException">It has other bytes, or more than <paramref name="maxBytes"/>.</exception>
    public async Task<byte[]> ReadSmallAsync(ObjectKey key, int maxBytes, CancellationToken cancellationToken)
    {
        await using Stream stream = await OpenReadAsync(key, null, cancellationToken);
        byte[] bytes = await BoundedReader.ReadAsync(stream, maxBytes, cancellationToken) ?? throw Corrupt(key, $"more than {maxBytes} bytes");
        ObjectId actual = IdentityHash.Of(key.Id.Kind, bytes);
        if (actual == key.Id)
            return bytes;
        if (_packed?.Directory.Map.TryGet(key) is { } at)
            _packed.Reader.Forget(at.Pack);
        throw Corrupt(key, actual.ToString());
    }

    /// <summary>Begins a push with the usual options.</summary>
    public Task<PushSession> BeginPushAsync(CancellationToken cancellationToken) => BeginPushAsync(new PartOptions(), cancellationToken);

    /// <summary>Begins a push: what a garbage collection does from here on is noticed when the push is committed.</summary>
    /// <param name="options">How large objects are cut.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<PushSession> BeginPushAsync(PartOptions options, CancellationToken cancellationToken)
    {
        // What was seen before is seen anew: the collection that made a push begin again may have deleted it.
        if (_packed is not null && _pushed)
            _packed = new PackedObjects(_store, Name, _notes);
        _pushed = true;
        CollectState state = RemoteId is null ? CollectState.None : await CollectState.ReadAsync(_store, Name, cancellationToken);
        return new PushSession(_store, Name, RemoteId is not null, state, options) { Packs = _packed?.BeginPush(Format.Zstd, _pruneFrom), Compressed = _compressed, Damaged = _damaged };
    }

    private static ReadOnlyMemory<byte> Cut(ReadOnlyMemory<byte> bytes, ByteRange? range)
    {
        if (range is not { } part)
            return bytes;
        int from = (int)Math.Min(part.Offset, bytes.Length);
        return bytes.Slice(from, (int)Math.Min(part.Length, bytes.Length - from));
    }

    private ObjectCorruptException Corrupt(ObjectKey key, string actual) =>
        new(key.Id.ToString(), actual, $"on remote '{Name}'", HealHint);
}
