using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Testing.Caching;

/// <summary>A workspace folder and a cache beside it, on the default temporary disk or on a given one.</summary>
public sealed class CacheSandbox : IDisposable
{
    private const ulong Seed = 4711;

    private readonly string _directory;

    /// <param name="links">Link kinds; the default ones where none are given.</param>
    public CacheSandbox(params LinkKind[] links)
        : this(Path.GetTempPath(), links)
    {
    }

    /// <param name="disk">A folder on the disk to use.</param>
    /// <param name="links">Link kinds; the default ones where none are given.</param>
    public CacheSandbox(string disk, LinkKind[] links)
    {
        _directory = Path.Combine(disk, "dv-test-cache-" + Path.GetRandomFileName());
        Directory.CreateDirectory(Workspace);
        Directory.CreateDirectory(Temp);
        Options = new CacheOptions { Directory = Path.Combine(_directory, "cache") };
        if (links.Length > 0)
            Options = Options with { Links = links };
        Cache = OpenAgain();
    }

    /// <summary>The cache.</summary>
    public LocalCache Cache { get; }

    /// <summary>Its options.</summary>
    public CacheOptions Options { get; init; }

    /// <summary>The workspace.</summary>
    public string Workspace => Path.Combine(_directory, "workspace");

    /// <summary>The workspace's folder for temporary files.</summary>
    public string Temp => Path.Combine(_directory, "temp");

    /// <summary>The file in which this workspace remembers what it verified.</summary>
    public string VerifiedFile => Path.Combine(_directory, "verified");

    /// <summary>What the linkers of this sandbox warned about.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>The cache as another command would see it: with what was saved.</summary>
    public LocalCache OpenAgain() => new(Options, VerifiedObjects.Load(VerifiedFile));

    /// <summary>The same cache as a workspace would see it that has verified nothing yet.</summary>
    public LocalCache OpenAsStranger() => new(Options, VerifiedObjects.Load(Path.Combine(_directory, Path.GetRandomFileName())));

    /// <summary>Writes a workspace file and returns its path.</summary>
    public string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(Workspace, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Adopts one file in a batch of its own.</summary>
    public async Task<AdoptedFile> AdoptAsync(string path, CancellationToken cancellationToken)
    {
        await using CacheBatch batch = Cache.BeginBatch(cancellationToken);
        AdoptedFile adopted = await batch.AdoptAsync(path, HashKind.Sha256, Seed, null, cancellationToken);
        await batch.CommitAsync(cancellationToken);
        return adopted;
    }

    /// <summary>Stores bytes and returns their key.</summary>
    public async Task<ObjectKey> PutAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        ObjectKey key = KeyOf(bytes);
        await using CacheBatch batch = Cache.BeginBatch(cancellationToken);
        await batch.PutAsync(key, bytes, cancellationToken);
        await batch.CommitAsync(cancellationToken);
        return key;
    }

    /// <summary>Places an object under a name of the workspace.</summary>
    internal async Task<PlacedFile> PlaceAsync(LocalCache cache, ObjectKey key, string name, CancellationToken cancellationToken, bool executable = false, ReplaceGuard guard = default)
    {
        using SafeDirectory parent = SafeDirectory.Open(Workspace, "", create: false);
        var linker = new Linker(cache, Warnings.Add);
        return await linker.PlaceAsync(key.Id, null, executable, parent, name, Temp, guard, cancellationToken);
    }

    /// <summary>Damages an object's bytes in place, as an edit through a hard link or a bad disk would.</summary>
    public void Damage(ObjectKey key)
    {
        string path = Cache.PathOf(key);
        SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[0] ^= 0xFF;
        File.WriteAllBytes(path, bytes);
        SetMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    /// <summary>Sets a file's mode where there are modes.</summary>
    public static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }

    /// <summary>Names of temporary files that lie anywhere in the sandbox.</summary>
    public string[] Leftovers() =>
        [.. Directory.EnumerateFileSystemEntries(_directory, ".dv-tmp.*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })];

    /// <summary>The key of some bytes as a file's contents.</summary>
    public static ObjectKey KeyOf(byte[] bytes) => ObjectKey.Content(IdentityHash.Of(HashKind.Sha256, bytes));

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
