using DataVersion.Platform;

namespace DataVersion.Caching;

/// <summary>Decides which folder a repository stores objects in, and which it only reads.</summary>
internal static class CachePlaces
{
    /// <summary>
    /// The options as they are where everything can be written to. Where the configured cache may only be read, the repository's own folder comes in
    /// front of it: what is missing goes there.
    /// </summary>
    /// <param name="configured">What is asked for.</param>
    /// <param name="own">The repository's own cache folder.</param>
    /// <param name="warn">Told what is not as asked for.</param>
    public static CacheOptions Choose(CacheOptions configured, string own, Action<string> warn)
    {
        List<string> alternates = [.. configured.Alternates.Where(a => a != configured.Directory && a != own).Distinct(StringComparer.Ordinal)];
        foreach (string absent in alternates.Where(a => !Directory.Exists(a)))
            warn($"the cache '{absent}' (cache.alternates) is not there");
        alternates.RemoveAll(a => !Directory.Exists(a));
        // One that is not there is no place to read from: then storing says why it cannot be made.
        if (configured.Directory == own || !Directory.Exists(configured.Directory) || MayStore(configured.Directory) || !MayStore(own))
            return configured with { Alternates = alternates };
        warn($"the cache '{configured.Directory}' may only be read: what is missing there goes to '{own}'");
        return configured with { Directory = own, Alternates = [configured.Directory, .. alternates], Shared = false, Claims = false };
    }

    /// <summary>True if this user may store objects in a cache, which need not exist.</summary>
    public static bool MayStore(string directory) =>
        Directory.Exists(directory)
            ? FolderAccess.MayWrite(directory) && CacheLayout.TopFolders.All(f => Path.Join(directory, f) is var path && (!Directory.Exists(path) || FolderAccess.MayWrite(path)))
            : FolderAccess.MayMake(directory);
}
