using System.Collections.Concurrent;
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
    private readonly CacheFolder[] _alternates;
    private readonly ConcurrentDictionary<ObjectKey, bool> _received = [];
    private int _cleaned;

    /// <param name="options">Where it is and how it is used.</param>
    /// <param name="verified">What this workspace knows to be good.</param>
    public LocalCache(CacheOptions options, VerifiedObjects verified)
    {
        _options = options;
        var layout = new CacheLayout(options.Directory, options.Shared);
        Main = new CacheFolder(layout, new ObjectChecker(layout, verified, options.Trust));
        _alternates = [.. options.Alternates.Select(directory =>
        {
            var alternate = new CacheLayout(directory, shared: false);
            return new CacheFolder(alternate, new ObjectChecker(alternate, verified.At(directory), options.Trust, options.Directory));
        })];
    }

    /// <summary>The same cache, and the same memory of what was verified, with other link kinds.</summary>
    internal LocalCache WithLinks(IReadOnlyList<LinkKind> links) => new(_options with { Links = links }, Checker.Verified);

    /// <summary>Link kinds in the order of preference.</summary>
    public IReadOnlyList<LinkKind> Links => _options.Links;

    /// <summary>Where it stores.</summary>
    public string Root => _options.Directory;

    /// <summary>The folder that is written to.</summary>
    internal CacheFolder Main { get; }

    internal CacheLayout Layout => Main.Layout;

    /// <summary>Checks the objects of the folder that is written to.</summary>
    internal ObjectChecker Checker => Main.Checker;

    /// <summary>True if what is missing in the folder that is written to may be in others.</summary>
    internal bool HasAlternates => _alternates.Length > 0;

    /// <summary>Where an object lies, or else would be stored.</summary>
    public string PathOf(ObjectKey key) => FolderOf(key).Layout.PathOf(key);

    /// <summary>The object that lies at a path, for instance the target of a workspace link; false for any other path.</summary>
    public bool TryParsePath(string path, out ObjectKey key)
    {
        if (Layout.TryParse(path, out key))
            return true;
        foreach (CacheFolder alternate in _alternates)
        {
            if (alternate.Layout.TryParse(path, out key))
                return true;
        }
        return false;
    }

    /// <summary>True if an object of that name is there; says nothing of its bytes.</summary>
    public bool Contains(ObjectKey key) => TryStat(key) is not null;

    /// <summary>The object's stat, or null where it is not there.</summary>
    public FileStat? TryStat(ObjectKey key) => FolderOf(key).TryStat(key);

    /// <summary>The first folder that has an object; the one that is written to where none has.</summary>
    internal CacheFolder FolderOf(ObjectKey key)
    {
        if (_alternates.Length == 0 || Main.TryStat(key) is not null)
            return Main;
        return Array.Find(_alternates, a => a.TryStat(key) is not null) ?? Main;
    }

    /// <summary>Those of the keys that are not there, in their order.</summary>
    public IReadOnlyList<ObjectKey> FindMissing(IReadOnlyCollection<ObjectKey> keys)
    {
        if (keys.Count < ListFrom)
            return [.. keys.Where(key => !Contains(key))];
        var missing = new HashSet<ObjectKey>(keys);
        foreach ((ObjectKind kind, HashKind hash, byte first) in keys.Select(key => (key.Kind, key.Id.Kind, key.Id.Digest[0])).Distinct())
        {
            foreach (ObjectKey present in Main.ListDirectory(kind, hash, first).Concat(_alternates.SelectMany(a => a.ListDirectory(kind, hash, first))))
                missing.Remove(present);
        }
        return missing.Count == 0 ? [] : [.. keys.Where(missing.Contains)];
    }

    /// <summary>All objects, in no particular order.</summary>
    public IEnumerable<ObjectKey> List() => Layout.List().Concat(_alternates.SelectMany(a => a.Layout.List().Where(key => FolderOf(key) == a)));

    /// <summary>The bytes of a small object (a tree, a block list, a link's target), hashed whenever they are read.</summary>
    /// <exception cref="ObjectMissingException">It is not in the cache.</exception>
    /// <exception cref="ObjectCorruptException">Its bytes are others, or more than <paramref name="maxBytes"/>. It has been moved aside.</exception>
    public Task<byte[]> ReadSmallAsync(ObjectKey key, int maxBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(FolderOf(key).Checker.ReadSmall(key, maxBytes));
    }

    /// <summary>The bytes, for an upload. They are not checked here: the receiver's hash is.</summary>
    /// <exception cref="ObjectMissingException">It is not in the cache.</exception>
    public IContent Open(ObjectKey key) => Contains(key) ? new FileContent(PathOf(key)) : throw ObjectChecker.Missing(key);

    /// <summary>True if the object is there and need not be hashed before it is used.</summary>
    public bool IsTrusted(ObjectKey key) => TryStatTrusted(key) is not null;

    /// <summary>The stat of an object that need not be hashed before it is used; null for any other.</summary>
    internal FileStat? TryStatTrusted(ObjectKey key) =>
        FolderOf(key) is var folder && folder.TryStat(key) is { } stat && folder.Checker.IsTrusted(key, stat) ? stat : null;

    /// <summary>
    /// Hashes an object again, whatever is known of it. One that is corrupt is moved aside, or disregarded where it may not be moved, so that a pull heals it.
    /// </summary>
    /// <returns>False if it was corrupt.</returns>
    /// <exception cref="ObjectMissingException">It is not in the cache.</exception>
    public async Task<bool> VerifyAsync(ObjectKey key, CancellationToken cancellationToken) =>
        await FolderOf(key).Checker.CheckAsync(key, null, cancellationToken) is null;

    /// <summary>Returns once the object is known to be good: hashes it if this workspace has not seen it verified as it is now.</summary>
    /// <returns>The object's stat.</returns>
    /// <exception cref="ObjectMissingException">It is not in the cache.</exception>
    /// <exception cref="ObjectCorruptException">Its bytes are others. It has been moved aside, so that a pull heals it.</exception>
    public Task<FileStat> EnsureTrustedAsync(ObjectKey key, CancellationToken cancellationToken) =>
        FolderOf(key).Checker.EnsureTrustedAsync(key, cancellationToken);

    /// <summary>Keeps local garbage collection away until disposed; hold it while objects are read or placed.</summary>
    /// <exception cref="LockedException">A collection is running.</exception>
    public IDisposable Hold(CancellationToken cancellationToken)
    {
        var holds = new CacheHold();
        try
        {
            holds.Add(HoldMain(cancellationToken));
            foreach (CacheFolder alternate in _alternates)
                holds.Add(FileLock.TryAcquireExisting(alternate.Layout.LockFile, LockWait, cancellationToken));
            return holds;
        }
        catch
        {
            holds.Dispose();
            throw;
        }
    }

    /// <summary>Who downloads what into this cache; null where downloads are not claimed, because nobody else downloads into it or nothing can be written down.</summary>
    internal DownloadClaims? TryOpenClaims() => _options.Claims ? DownloadClaims.TryOpen(Layout, _options.Clock) : null;

    /// <summary>Removes what killed processes left half-written, as the first batch does; that it cannot is nobody's failure.</summary>
    internal void RemoveLeftovers()
    {
        if (!Directory.Exists(Layout.Temporary) || Interlocked.Exchange(ref _cleaned, 1) != 0)
            return;
        try
        {
            using var temps = new TempStore(Layout);
            temps.RemoveStale();
        }
        catch (Exception error) when (error is FileAccessException || SystemErrors.IsFileError(error))
        {
            // A cache that may only be read.
        }
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

    /// <summary>This process has received a large object: nobody had it here before.</summary>
    internal void NoteReceived(ObjectKey key) => _received[key] = true;

    /// <summary>True for a large object that came just now into a cache of one repository: once it is copied into the workspace, the copy is what is read.</summary>
    internal bool IsReadByNobodyElse(ObjectKey key) => !_options.Claims && _received.ContainsKey(key);

    /// <summary>Writes down what was verified, for the next process.</summary>
    /// <exception cref="FileAccessException">It cannot be written.</exception>
    public void SaveVerified() => Checker.Verified.Save();

    // A place that may only be read is held where somebody else left a lock to hold; who wants to store there is told why not.
    private FileLock? HoldMain(CancellationToken cancellationToken)
    {
        if (Directory.Exists(Root) ? !FolderAccess.MayWrite(Root) : !FolderAccess.MayMake(Root))
            return FileLock.TryAcquireExisting(Layout.LockFile, LockWait, cancellationToken);
        Layout.EnsureDirectory(Root);
        return FileLock.AcquireShared(Layout.LockFile, LockWait, cancellationToken);
    }
}
