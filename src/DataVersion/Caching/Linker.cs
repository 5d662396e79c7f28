using System.Collections.Concurrent;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Caching;

/// <summary>A file as it was placed.</summary>
/// <param name="Stat">After the last link, rename and chmod; of a symbolic link, the link's own.</param>
/// <param name="Link">How it relates to the object.</param>
/// <param name="IsSettled">True if every later write to it gives it another stat; goes into the index.</param>
public readonly record struct PlacedFile(FileStat Stat, LinkKind Link, bool IsSettled);

/// <summary>
/// Puts objects into a workspace: in one step per file, replacing what has that name, and only bytes that are known to be right. Each
/// place gets the first link kind that is possible there.
/// </summary>
/// <param name="cache">Where the objects are.</param>
/// <param name="kinds">Link kinds in the order of preference, usually the cache's; a copy is always the last resort.</param>
/// <param name="warn">Told once for each kind that was asked for and is not possible.</param>
internal sealed class Linker(LocalCache cache, IReadOnlyList<LinkKind> kinds, Action<string> warn)
{
    private const int LockCount = 64;

    /// <summary>Places by the cache's own link kinds.</summary>
    public Linker(LocalCache cache, Action<string> warn)
        : this(cache, cache.Links, warn)
    {
    }

    private readonly SemaphoreSlim[] _locks = [.. Enumerable.Range(0, LockCount).Select(_ => new SemaphoreSlim(1))];

    // Between which caches and file systems no clone is possible: asked once, and not again for each of a million files.
    private readonly ConcurrentDictionary<(string Cache, ulong Device), bool> _uncloned = [];
    private int _warned;

    /// <summary>Places an object.</summary>
    /// <param name="id">The content.</param>
    /// <param name="size">Its size where it is known: an object of another size is corrupt.</param>
    /// <param name="executable">Executables are never linked, because their mode is their own.</param>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The name in it. A file or link there is replaced; a directory is an error.</param>
    /// <param name="tempDirectory">Where half-written files lie; the parent itself is used where that is on another file system.</param>
    /// <param name="guard">What must be under the name still, or nothing is replaced.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <exception cref="ObjectMissingException">The cache has no such object.</exception>
    /// <exception cref="ObjectCorruptException">Its bytes are others. It was moved aside, and nothing was placed.</exception>
    /// <exception cref="FileChangedException">The name's file is not what the guard demands.</exception>
    /// <exception cref="FileAccessException">The disk is full, or the like. Nothing was placed.</exception>
    public async Task<PlacedFile> PlaceAsync(
        ObjectId id, long? size, bool executable, SafeDirectory parent, string name, string tempDirectory, ReplaceGuard guard, CancellationToken cancellationToken)
    {
        var place = new Placement(cache, ObjectKey.Content(id), size, executable, parent, name, tempDirectory, guard);
        foreach (LinkKind kind in kinds)
        {
            bool isLink = kind is LinkKind.Hardlink or LinkKind.Symlink;
            if (kind == LinkKind.Copy)
                break;
            if (isLink && executable)
                continue;
            if (await TryAsync(place, kind, cancellationToken) is { } placed)
                return placed;
            WarnOnce(kind, parent.FullPath);
        }
        return await place.CopyAsync(clone: false, cancellationToken) ?? throw new FileAccessException(place.Path, "cannot be copied");
    }

    private async Task<PlacedFile?> TryAsync(Placement place, LinkKind kind, CancellationToken cancellationToken)
    {
        if (kind == LinkKind.Reflink)
            return await TryCloneAsync(place, cancellationToken);
        // Each link moves the object's change time: two at once would make each other's stat look like a change.
        SemaphoreSlim gate = _locks[(uint)place.Key.GetHashCode() % LockCount];
        await gate.WaitAsync(cancellationToken);
        try
        {
            return kind == LinkKind.Hardlink ? await place.HardLinkAsync(cancellationToken) : await place.SymlinkAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<PlacedFile?> TryCloneAsync(Placement place, CancellationToken cancellationToken)
    {
        if (_uncloned.ContainsKey(place.Places))
            return null;
        PlacedFile? placed = await place.CopyAsync(clone: true, cancellationToken);
        if (place.IsNeverCloned)
            _uncloned[place.Places] = true;
        return placed;
    }

    // Reflinks are tried by default and are missing on most disks: that is news only to who asked for nothing else.
    private void WarnOnce(LinkKind kind, string where)
    {
        if (kind == LinkKind.Reflink && kinds.Any(other => other != LinkKind.Reflink))
            return;
        if ((Interlocked.Or(ref _warned, 1 << (int)kind) & (1 << (int)kind)) == 0)
            warn($"{kind.ToString().ToLowerInvariant()}s are not possible between the cache '{cache.Root}' and '{where}': other files are linked or copied instead");
    }
}
