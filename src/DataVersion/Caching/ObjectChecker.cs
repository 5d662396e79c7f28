using System.Globalization;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Caching;

/// <summary>Decides whether an object of the cache can be handed out as it is, hashes it where not, and moves corrupt ones aside.</summary>
/// <param name="layout">The folder of objects.</param>
/// <param name="verified">What is known of the objects there.</param>
/// <param name="trustAll">Takes all of them as they are.</param>
/// <param name="clockFolder">For a folder that is only read: one by whose clock it is told what is long past. Null for one that is written to.</param>
internal sealed class ObjectChecker(CacheLayout layout, VerifiedObjects verified, bool trustAll, string? clockFolder = null)
{
    private const string Heal = "fetch it again with: dv pull";

    // By how much the clocks of two file systems are taken to differ at most.
    private const long ClockSkewNs = 3600L * 1_000_000_000;

    private readonly Lazy<long> _marginNs = new(() => FileSystems.RacyMarginNs(FileSystems.Of(layout.Root)));
    private readonly VerifiedObjects? _corrupt = clockFolder is null ? null : verified.At($"corrupt in {layout.Root}");

    /// <summary>True where nothing may be written.</summary>
    public bool IsAlternate => clockFolder is not null;

    /// <summary>True for an object of an alternate whose bytes were found to be others, and that has not been replaced since.</summary>
    public bool IsKnownCorrupt(ObjectKey key, in FileStat stat) => _corrupt is not null && _corrupt.IsTrusted(key, stat);

    public VerifiedObjects Verified => verified;

    public static ObjectMissingException Missing(ObjectKey key) => new(key.ToString(), "from the cache", null, Heal);

    /// <summary>True if nothing more needs to be read before this object is handed out.</summary>
    public bool IsTrusted(ObjectKey key, in FileStat stat) => trustAll || verified.IsTrusted(key, stat);

    /// <summary>
    /// Remembers that these bytes were checked, unless a later write could hide behind the same times. The change time must stem from an
    /// act of ours (the last link, chmod or rename), which makes it a reading of the file system's clock.
    /// </summary>
    public void Remember(ObjectKey key, in FileStat stat)
    {
        if (IsSettled(stat))
            verified.Remember(key, stat);
    }

    /// <summary>True if the bytes were last written safely before the last change of links or mode.</summary>
    public bool IsSettled(in FileStat stat) => stat.ChangedNs == 0 || stat.ModifiedNs + _marginNs.Value < stat.ChangedNs;

    public async Task<FileStat> EnsureTrustedAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        string path = layout.PathOf(key);
        if (FileStat.TryGet(path) is not { } stat)
            throw Missing(key);
        if (stat.Type == FileType.File && IsTrusted(key, stat))
            return stat;
        if (await CheckAsync(key, null, cancellationToken) is { } actual)
            throw Corrupt(key, actual);
        return FileStat.TryGet(path) ?? throw Missing(key);
    }

    /// <summary>Hashes an object. Null if it is good; else what its bytes are, and it has been moved aside.</summary>
    public async Task<string?> CheckAsync(ObjectKey key, Action<long>? progress, CancellationToken cancellationToken)
    {
        string path = layout.PathOf(key);
        if (FileStat.TryGet(path) is null)
            throw Missing(key);
        long nowNs = NowNs();
        using SafeFileHandle file = RegularFile.OpenRead(path, out FileStat before);
        // A size that is known beforehand to need no block list: there is one already, where there is any.
        using var hasher = new ContentHasher(key.Id.Kind, 0, null);
        HashedContent content = await ContentPump.RunAsync(file, hasher, null, null, progress, cancellationToken);
        FileStat after = FileStat.Get(file);
        if (content.Id == key.Id)
        {
            if (before.Stamp == after.Stamp && (after.ModifiedNs + _marginNs.Value < nowNs || IsProvenByChange(after)))
                verified.Remember(key, after);
            return null;
        }
        MoveAside(key, before.Inode);
        return content.Id.ToString();
    }

    public byte[] ReadSmall(ObjectKey key, int maxBytes)
    {
        string path = layout.PathOf(key);
        if (FileStat.TryGet(path) is not { } named)
            throw Missing(key);
        byte[] bytes;
        try
        {
            if (named.Type == FileType.File && named.Size > maxBytes)
                throw Corrupted(string.Create(CultureInfo.InvariantCulture, $"{named.Size} bytes long, more than {maxBytes}"));
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
        ObjectId actual = IdentityHash.Of(key.Id.Kind, bytes);
        return actual == key.Id ? bytes : throw Corrupted(actual.ToString());

        ObjectCorruptException Corrupted(string what)
        {
            MoveAside(key, named.Inode);
            return Corrupt(key, what);
        }
    }

    /// <summary>
    /// Takes a corrupt object out of its place, so that it counts as missing and a pull heals it. It is kept: where a workspace file is
    /// linked to it, its bytes are the user's edit.
    /// </summary>
    public void MoveAside(ObjectKey key, ulong inode)
    {
        string path = layout.PathOf(key);
        verified.Forget(key);
        if (_corrupt is not null)
        {
            if (FileStat.TryGet(path) is { } bad && bad.Inode == inode)
                _corrupt.Remember(key, bad);
            return;
        }
        try
        {
            layout.EnsureDirectory(layout.Corrupt);
            // Another process may have healed it in the meantime.
            if (FileStat.TryGet(path) is not { } now || now.Inode != inode)
                return;
            for (int number = 1; ; number++)
            {
                string kind = key.Kind == ObjectKind.Tree ? "tree-" : "";
                string target = Path.Join(layout.Corrupt, string.Create(CultureInfo.InvariantCulture, $"{kind}{key.Id.Kind.Name()}-{key.Id.Hex}-{number}"));
                if (FileStat.TryGet(target) is null)
                {
                    File.Move(path, target);
                    return;
                }
            }
        }
        catch (Exception error) when (SystemErrors.IsFileError(error) || error is FileAccessException)
        {
            // A cache that cannot be written to: the error that follows names the object all the same.
        }
    }

    public ObjectCorruptException Corrupt(ObjectKey key, string actual) =>
        new(key.ToString(), actual, IsAlternate ? $"in the cache '{layout.Root}', which is only read" : "in the cache", Heal);

    // Where no clock can be read: whoever sets a file's time to what it likes, its change time is a reading of the clock.
    private bool IsProvenByChange(in FileStat stat) => IsAlternate && stat.ChangedNs != 0 && IsSettled(stat);

    private long NowNs()
    {
        try
        {
            using FileSystemClock clock = FileSystemClock.Open(clockFolder ?? layout.Root);
            return clock.NowNs() - (IsAlternate ? ClockSkewNs : 0);
        }
        catch (FileAccessException)
        {
            // Nothing can be written there: what was verified is not remembered.
            return 0;
        }
    }
}
