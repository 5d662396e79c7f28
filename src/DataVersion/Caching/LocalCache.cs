using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Storage;

namespace DataVersion.Caching;

/// <summary>
/// The local store of objects and trees. What it hands out has been checked: either this workspace has seen the object verified and its
/// stat still agrees, or it is hashed first. May be shared by clones, repositories, users and processes; its files are read-only.
/// </summary>
public sealed class LocalCache
{
    private static readonly TimeSpan LockWait = TimeSpan.FromMinutes(1);

    // From here on, listing directories is cheaper than asking for each object.
    private const int ListFrom = 4096;

    private readonly CacheOptions _options;
    private int _cleaned;

    /// <param name="options">Where it is and how it is used.</param>
    /// <param name="verified">What this workspace knows to be good.</param>
    public LocalCache(CacheOptions options, VerifiedObjects verified)
    {
        _options = options;
        Layout = new CacheLayout(options.Directory, options.Shared);
        Checker = new ObjectChecker(Layout, verified, options.Trust);
    }

    /// <summary>The same cache, and the same memory of what was verified, with other link kinds.</summary>
    internal LocalCache WithLinks(IReadOnlyList<LinkKind> links) => new(_options with { Links = links }, Checker.Verified);

    /// <summary>Link kinds in the order of preference.</summary>
    public IReadOnlyList<LinkKind> Links => _options.Links;

    /// <summary>Where it is.</summary>
    public string Root => _options.Directory;

    internal CacheLayout Layout { get; }

    internal ObjectChecker Checker { get; }

    /// <summary>Where an object lies or would lie.</summary>
    public string PathOf(ObjectKey key) => Layout.PathOf(key);

    /// <summary>The object that lies at a path, for instance the target of a workspace link; false for any other path.</summary>
    public bool TryParsePath(string path, out ObjectKey key) => Layout.TryParse(path, out key);

    /// <summary>True if an object of that name is there; says nothing of its bytes.</summary>
    public bool Contains(ObjectKey key) => TryStat(key) is not null;

    /// <summary>The object's stat, or null where it is not there.</summary>
    public FileStat? TryStat(ObjectKey key) => FileStat.TryGet(PathOf(key)) is { Type: FileType.File } stat ? stat : null;

    /// <summary>Those of the keys that are not there, in their order.</summary>
    public IReadOnlyList<ObjectKey> FindMissing(IReadOnlyCollection<ObjectKey> keys)
    {
        if (keys.Count < ListFrom)
            return [.. keys.Where(key => !Contains(key))];
        var missing = new HashSet<ObjectKey>(keys);
        foreach ((ObjectKind kind, HashKind hash, byte first) in keys.Select(key => (key.Kind, key.Id.Kind, key.Id.Digest[0])).Distinct())
        {
            foreach (ObjectKey present in Layout.ListDirectory(kind, hash, first))
                missing.Remove(present);
        }
        return missing.Count == 0 ? [] : [.. keys.Where(missing.Contains)];
    }

    /// <summary>All objects, in no particular order.</summary>
    public IEnumerable<ObjectKey> List() => Layout.List();

    /// <summary>The bytes of a small object (a tree, a block list, a link's target), hashed whenever they are read.</summary>
    /// <exception cref="ObjectMissingException">It is not in the cache.</exception>
    /// <exception cref="ObjectCorruptException">Its bytes are others, or more than <paramref name="maxBytes"/>. It has been moved aside.</exception>
    public Task<byte[]> ReadSmallAsync(ObjectKey key, int maxBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Checker.ReadSmall(key, maxBytes));
    }

    /// <summary>The bytes, for an upload. They are not checked here: the receiver's hash is.</summary>
    /// <exception cref="ObjectMissingException">It is not in the cache.</exception>
    public IContent Open(ObjectKey key) => Contains(key) ? new FileContent(PathOf(key)) : throw ObjectChecker.Missing(key);

    /// <summary>True if the object is there and need not be hashed before it is used.</summary>
    public bool IsTrusted(ObjectKey key) => TryStat(key) is { } stat && Checker.IsTrusted(key, stat);

    /// <summary>Hashes an object again, whatever is known of it. One that is corrupt is moved aside, so that a pull heals it.</summary>
    /// <returns>False if it was corrupt.</returns>
    /// <exception cref="ObjectMissingException">It is not in the cache.</exception>
    public async Task<bool> VerifyAsync(ObjectKey key, CancellationToken cancellationToken) =>
        await Checker.CheckAsync(key, null, cancellationToken) is null;

    /// <summary>Returns once the object is known to be good: hashes it if this workspace has not seen it verified as it is now.</summary>
    /// <returns>The object's stat.</returns>
    /// <exception cref="ObjectMissingException">It is not in the cache.</exception>
    /// <exception cref="ObjectCorruptException">Its bytes are others. It has been moved aside, so that a pull heals it.</exception>
    public Task<FileStat> EnsureTrustedAsync(ObjectKey key, CancellationToken cancellationToken) => Checker.EnsureTrustedAsync(key, cancellationToken);

    /// <summary>Keeps local garbage collection away until disposed; hold it while objects are read or placed.</summary>
    /// <exception cref="LockedException">A collection is running.</exception>
    public IDisposable Hold(CancellationToken cancellationToken)
    {
        try
        {
            Layout.EnsureDirectory(Root);
        }
        catch (FileAccessException) when (!Directory.Exists(Root))
        {
            // A read-only place without a cache holds nothing that could be collected; who wants to store there is told why not.
            return NothingToHold.Instance;
        }
        return FileLock.AcquireShared(Layout.LockFile, LockWait, cancellationToken);
    }

    /// <summary>Begins to store objects.</summary>
    /// <exception cref="LockedException">A collection is running.</exception>
    public CacheBatch BeginBatch(CancellationToken cancellationToken)
    {
        IDisposable hold = Hold(cancellationToken);
        try
        {
            Layout.EnsureDirectory(Layout.Temporary);
            var temps = new TempStore(Layout);
            if (Interlocked.Exchange(ref _cleaned, 1) == 0)
                temps.RemoveStale();
            return new CacheBatch(this, temps, hold);
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>Writes down what was verified, for the next process.</summary>
    /// <exception cref="FileAccessException">It cannot be written.</exception>
    public void SaveVerified() => Checker.Verified.Save();
}

/// <summary>Stands for a hold where there is no cache.</summary>
file sealed class NothingToHold : IDisposable
{
    public static readonly NothingToHold Instance = new();

    public void Dispose()
    {
    }
}
