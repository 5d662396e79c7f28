using DataVersion.Hashing;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>An object to look for; where the size is known, only an object of that size counts as present.</summary>
public readonly record struct ObjectRequest(ObjectKey Key, long? Size);

/// <summary>Ids → checked content, on a remote of the plain layout. Nothing above this class knows how objects lie there.</summary>
public sealed class ObjectStore
{
    /// <summary>What to do about an object that a remote holds and that is corrupt.</summary>
    internal const string HealHint = "push it again from a place that has it: dv push --deep";

    private readonly IBlobStore _store;

    private ObjectStore(IBlobStore store, string name, StoreIdentity? identity)
    {
        _store = store;
        Name = name;
        RemoteId = identity?.Id;
        Format = identity?.Format ?? StoreFormat.Plain;
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
        return new ObjectStore(store, remoteName, identity);
    }

    /// <summary>Those of <paramref name="objects"/> that are not there, or not with that size.</summary>
    public async Task<IReadOnlyList<ObjectKey>> FindMissingAsync(IReadOnlyCollection<ObjectRequest> objects, CancellationToken cancellationToken) =>
        RemoteId is null ? [.. objects.Select(o => o.Key).Distinct()] : await new PresenceCheck(_store).FindMissingAsync(objects, cancellationToken);

    /// <summary>Opens an object, or a range of it. The bytes are not checked: whoever keeps them hashes them.</summary>
    /// <exception cref="ObjectMissingException">It is not there.</exception>
    public async Task<Stream> OpenReadAsync(ObjectKey key, ByteRange? range, CancellationToken cancellationToken)
    {
        if (RemoteId is null)
            throw new ObjectMissingException(key.Id.ToString(), $"on remote '{Name}'", null, "nothing has been pushed to that remote yet");
        try
        {
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

    /// <summary>The checked bytes of a small object: a tree, a block list, a link's target.</summary>
    /// <exception cref="ObjectMissingException">It is not there.</exception>
    /// <exception cref="ObjectCorruptException">It has other bytes, or more than <paramref name="maxBytes"/>.</exception>
    public async Task<byte[]> ReadSmallAsync(ObjectKey key, int maxBytes, CancellationToken cancellationToken)
    {
        await using Stream stream = await OpenReadAsync(key, null, cancellationToken);
        byte[] bytes = await BoundedReader.ReadAsync(stream, maxBytes, cancellationToken) ?? throw Corrupt(key, $"more than {maxBytes} bytes");
        ObjectId actual = IdentityHash.Of(key.Id.Kind, bytes);
        return actual == key.Id ? bytes : throw Corrupt(key, actual.ToString());
    }

    /// <summary>Begins a push with the usual options.</summary>
    public Task<PushSession> BeginPushAsync(CancellationToken cancellationToken) => BeginPushAsync(new PartOptions(), cancellationToken);

    /// <summary>Begins a push: what a garbage collection does from here on is noticed when the push is committed.</summary>
    /// <param name="options">How large objects are cut.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<PushSession> BeginPushAsync(PartOptions options, CancellationToken cancellationToken)
    {
        CollectState state = RemoteId is null ? CollectState.None : await CollectState.ReadAsync(_store, Name, cancellationToken);
        return new PushSession(_store, Name, RemoteId is not null, state, options);
    }

    private ObjectCorruptException Corrupt(ObjectKey key, string actual) =>
        new(key.Id.ToString(), actual, $"on remote '{Name}'", HealHint);
}
