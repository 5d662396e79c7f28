using DataVersion.Objects;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Caching;

/// <summary>A finished temporary file that waits to become an object.</summary>
/// <param name="Key">The object.</param>
/// <param name="TempPath">The file, sealed.</param>
/// <param name="Adopted">The workspace file that is the same file by a hard link; null for a file of the cache's own.</param>
internal sealed record PendingObject(ObjectKey Key, string TempPath, AdoptedFile? Adopted);

/// <summary>
/// Makes finished files objects: flush, link into place, flush the directories, and only then remember them. A crash at any point
/// leaves temporary files, and objects that are whole.
/// </summary>
internal sealed class Publisher(LocalCache cache, TempStore temps)
{
    private const int Attempts = 5;

    /// <summary>Publishes files; when it returns, their objects are durable.</summary>
    public async Task PublishAsync(IReadOnlyList<PendingObject> pending, CancellationToken cancellationToken)
    {
        if (pending.Count == 0)
            return;
        temps.FlushAll();
        FailPoint.Hit("cache.flushed");
        var directories = new HashSet<string>();
        foreach (PendingObject item in pending)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string directory = cache.Layout.DirectoryOf(item.Key);
            if (!directories.Contains(directory))
                cache.Layout.EnsureDirectory(directory);
            // A new directory's own name must last too.
            for (string at = directory; directories.Add(at) && at != cache.Root; at = Path.GetDirectoryName(at)!)
            {
            }
            await PlaceAsync(item, cancellationToken);
            FailPoint.Hit("cache.object-linked");
        }
        FlushDirectories(directories);
        foreach (PendingObject item in pending)
            Remember(item);
        FailPoint.Hit("cache.published");
    }

    private async Task PlaceAsync(PendingObject item, CancellationToken cancellationToken)
    {
        string path = cache.Layout.PathOf(item.Key);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            // The user's own file is made read-only only if it is to be the object.
            bool mayBeFirst = item.Adopted is null || cache.Main.TryStat(item.Key) is null;
            if (mayBeFirst && item.Adopted is not null)
                Protect(item.Adopted, item.TempPath);
            if (mayBeFirst && TryMove(item.TempPath, path))
                return;
            // Somebody else was first. Theirs stays if it is good; if not, it has been moved aside and ours comes in its place.
            if (await IsGoodAsync(item.Key, cancellationToken))
            {
                TempStore.Discard(item.TempPath);
                return;
            }
        }
        throw new FileAccessException(path, "cannot be replaced: a corrupt object is there", "remove it, or repair the permissions of the cache");
    }

    /// <summary>True if the cache itself has this object and its bytes are what they should be: what an alternate has today may be gone tomorrow.</summary>
    public async Task<bool> IsGoodAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            if (cache.Main.TryStat(key) is null)
                return false;
            await cache.Checker.EnsureTrustedAsync(key, cancellationToken);
            return true;
        }
        catch (DataVersionException error) when (error is ObjectMissingException or ObjectCorruptException)
        {
            return false;
        }
    }

    /// <summary>Gives a file another name that must be free; false, and nothing happened, where it is taken.</summary>
    internal static bool TryMove(string from, string to)
    {
        switch (HardLinks.TryCreate(from, to))
        {
            case LinkOutcome.Created:
                TempStore.Discard(from);
                return true;
            case LinkOutcome.Exists:
                return false;
            default:
                return MoveWithoutLinks(from, to);
        }
    }

    private static bool MoveWithoutLinks(string from, string to)
    {
        try
        {
            File.Move(from, to, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(to))
        {
            return false;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(to, error);
        }
    }

    private void FlushDirectories(HashSet<string> directories)
    {
        if (temps.FlushesAtOnce)
        {
            temps.FlushAll();
            return;
        }
        foreach (string directory in directories)
            FileSync.FlushDirectory(directory);
    }

    private void Remember(PendingObject item)
    {
        FileStat? stat = cache.Main.TryStat(item.Key);
        if (item.Adopted is { } file)
            Settle(file, stat);
        if (stat is { } known && (item.Adopted is null || item.Adopted.IsSameBut(known)))
            cache.Checker.Remember(item.Key, known);
    }

    /// <summary>Brings an adopted file's facts up to date once the object of its bytes is in its place.</summary>
    public void Settle(AdoptedFile file, FileStat? published)
    {
        bool isObject = published is { } stat && stat.Inode == file.Stat.Inode && stat.Device == file.Stat.Device;
        file.Link = isObject ? LinkKind.Hardlink : LinkKind.Copy;
        file.Refresh(now => cache.Checker.IsSettled(now));
    }

    /// <summary>Makes the user's file read-only, as it is about to be an object, and makes sure that it is still what was hashed.</summary>
    private static void Protect(AdoptedFile file, string tempPath)
    {
        using SafeFileHandle handle = RegularFile.OpenRead(tempPath, out FileStat before);
        if (!file.IsSameBut(before))
            throw new FileChangedException(file.Path);
        RegularFile.SetMode(handle, TempStore.ObjectMode, file.Path);
        if (!file.IsSameBut(FileStat.Get(handle)))
        {
            RegularFile.SetMode(handle, before.Mode, file.Path);
            throw new FileChangedException(file.Path);
        }
    }
}
