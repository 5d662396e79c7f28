using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Caching;

/// <summary>
/// One folder of objects: the one that is written to, or an alternate, to which nothing is ever written, no lock and no temporary file. An alternate
/// that cannot be looked into holds nothing, and an object that was found corrupt there is as good as missing, because it cannot be put aside.
/// </summary>
internal sealed class CacheFolder(CacheLayout layout, ObjectChecker checker)
{
    public CacheLayout Layout => layout;

    public ObjectChecker Checker => checker;

    /// <summary>The object's stat, or null where it is not there.</summary>
    public FileStat? TryStat(ObjectKey key)
    {
        try
        {
            return FileStat.TryGet(layout.PathOf(key)) is { Type: FileType.File } stat && !checker.IsKnownCorrupt(key, stat) ? stat : null;
        }
        catch (FileAccessException) when (checker.IsAlternate)
        {
            return null;
        }
    }

    /// <summary>The objects, by name, in a folder of all whose id begins with a byte.</summary>
    public IEnumerable<ObjectKey> ListDirectory(ObjectKind kind, HashKind hash, byte first)
    {
        IEnumerable<ObjectKey> all = layout.ListDirectory(kind, hash, first);
        return checker.IsAlternate ? all.Where(key => TryStat(key) is not null) : all;
    }

    /// <summary>True if the object is there as the server says it now: a network file system answers for absent names from memory until their folder is opened.</summary>
    public bool ContainsNow(ObjectKey key)
    {
        if (OperatingSystem.IsLinux())
            Libc.Open(layout.DirectoryOf(key), Libc.ReadOnly | Libc.Directory).Dispose();
        return TryStat(key) is not null;
    }
}
