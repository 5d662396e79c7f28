using System.IO.Enumeration;
using System.Runtime.Versioning;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Caching;

/// <summary>Where things lie in a cache (docs/format.md): the one place that turns keys into paths and back.</summary>
internal sealed class CacheLayout(string directory, bool shared)
{
    private const UnixFileMode SharedMode = UnixFileMode.SetGroup | (UnixFileMode)0x1FD;
    private const int PrefixDigits = 2;

    public string Root => directory;

    public string Temporary => Path.Join(directory, "tmp");

    public string Corrupt => Path.Join(directory, "corrupt");

    public string LockFile => Path.Join(directory, "lock");

    /// <summary>Who is downloading what.</summary>
    public string Claims => Path.Join(directory, "claims");

    /// <summary>True where other users write here too.</summary>
    public bool IsShared => shared;

    /// <summary>The folders that anything is stored through.</summary>
    public static IReadOnlyList<string> TopFolders { get; } = ["tmp", "objects", "trees"];

    /// <summary>The path of an object.</summary>
    public string PathOf(ObjectKey key)
    {
        string hex = key.Id.Hex;
        return Path.Join(KindDirectory(key.Kind, key.Id.Kind), hex[..PrefixDigits], hex[PrefixDigits..]);
    }

    /// <summary>The directory of all objects that share this one's first digits.</summary>
    public string DirectoryOf(ObjectKey key) => Path.Join(KindDirectory(key.Kind, key.Id.Kind), key.Id.Hex[..PrefixDigits]);

    /// <summary>The directory of all objects whose id begins with a byte.</summary>
    public string DirectoryOf(ObjectKind kind, HashKind hash, byte first) => Path.Join(KindDirectory(kind, hash), Convert.ToHexStringLower([first]));

    /// <summary>The keys of the objects in such a directory; none where it is not there.</summary>
    public IEnumerable<ObjectKey> ListDirectory(ObjectKind kind, HashKind hash, byte first)
    {
        string path = DirectoryOf(kind, hash, first);
        if (!Directory.Exists(path))
            return [];
        string prefix = Path.GetFileName(path);
        return new FileSystemEnumerable<ObjectKey>(path, (ref FileSystemEntry entry) => KeyOf(kind, hash, prefix, entry.FileName))
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) => !entry.IsDirectory,
        };
    }

    /// <summary>The key whose object lies at a path; false for a path that is none of ours.</summary>
    public bool TryParse(string path, out ObjectKey key)
    {
        key = default;
        string relative = Path.GetRelativePath(directory, path);
        string[] parts = relative.Split(Path.DirectorySeparatorChar);
        if (parts.Length != 4 || parts[0] is not ("objects" or "trees") || parts[2].Length != PrefixDigits
            || !HashKinds.TryParse(parts[1], out HashKind kind) || !ObjectId.TryParseHex(kind, parts[2] + parts[3], out ObjectId id))
            return false;
        key = parts[0] == "trees" ? ObjectKey.Tree(id) : ObjectKey.Content(id);
        return true;
    }

    /// <summary>All objects, prefix by prefix. What is not named like an object is passed over.</summary>
    public IEnumerable<ObjectKey> List()
    {
        foreach (string top in new[] { "objects", "trees" })
        {
            foreach (string algorithm in Directories(Path.Join(directory, top)))
            {
                foreach (string prefix in Directories(algorithm))
                {
                    foreach (string file in Directory.EnumerateFiles(prefix))
                    {
                        if (TryParse(file, out ObjectKey key))
                            yield return key;
                    }
                }
            }
        }
    }

    /// <summary>Makes a directory of the cache and those above it.</summary>
    /// <returns>True if it was not there.</returns>
    public bool EnsureDirectory(string path)
    {
        try
        {
            bool isNew = !Directory.Exists(path);
            if (isNew)
            {
                if (path != directory)
                    EnsureDirectory(Path.GetDirectoryName(path)!);
                Directory.CreateDirectory(path);
            }
            if (shared && !OperatingSystem.IsWindows())
                Share(path);
            return isNew;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }

    // Also what was made before the cache was shared. Only a folder's owner may: what another user made meanwhile is in his hands.
    [UnsupportedOSPlatform("windows")]
    private static void Share(string path)
    {
        try
        {
            if ((File.GetUnixFileMode(path) & SharedMode) != SharedMode)
                File.SetUnixFileMode(path, SharedMode);
        }
        catch (UnauthorizedAccessException)
        {
            // Writing there will tell.
        }
    }

    private string KindDirectory(ObjectKind kind, HashKind hash) => Path.Join(directory, kind == ObjectKind.Tree ? "trees" : "objects", hash.Name());

    private static ObjectKey KeyOf(ObjectKind kind, HashKind hash, string prefix, ReadOnlySpan<char> rest)
    {
        Span<char> hex = stackalloc char[2 * 32];
        if (prefix.Length + rest.Length > hex.Length)
            return default;
        prefix.CopyTo(hex);
        rest.CopyTo(hex[prefix.Length..]);
        return ObjectId.TryParseHex(hash, hex[..(prefix.Length + rest.Length)], out ObjectId id) ? new ObjectKey(kind, id) : default;
    }

    private static IEnumerable<string> Directories(string path) =>
        Directory.Exists(path) ? Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal) : [];
}
