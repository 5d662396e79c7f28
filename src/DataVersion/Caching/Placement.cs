using System.Globalization;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Caching;

/// <summary>One object on its way to one name in a workspace.</summary>
internal sealed class Placement(
    LocalCache cache, ObjectKey key, long? size, bool executable, SafeDirectory parent, string name, string tempDirectory, ReplaceGuard guard)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly CacheFolder _folder = cache.FolderOf(key);
    private string? _objectPath;

    public ObjectKey Key => key;

    public string Path => System.IO.Path.Join(parent.FullPath, name);

    /// <summary>Where the object is and where it goes, as far as it decides what links are possible.</summary>
    public (string Cache, ulong Device) Places => (_folder.Layout.Root, parent.Device);

    /// <summary>True once a clone was refused in a way that all others between these places will be.</summary>
    public bool IsNeverCloned { get; private set; }

    private string ObjectPath => _objectPath ??= _folder.Layout.PathOf(key);

    /// <summary>
    /// Places a clone or a copy. An object that is not trusted is hashed in the same pass. Null where a clone was wanted and is not possible.
    /// </summary>
    public async Task<PlacedFile?> CopyAsync(bool clone, CancellationToken cancellationToken)
    {
        // What cannot be put aside is found out about at once: then it counts as missing, and a pull heals it.
        if (_folder.Checker.IsAlternate && size is { } known && _folder.TryStat(key) is { } there && there.Size != known)
            await _folder.Checker.EnsureTrustedAsync(key, cancellationToken);
        using SafeFileHandle source = OpenObject(out FileStat before);
        bool trusted = _folder.Checker.IsTrusted(key, before);
        using SafeFileHandle temp = CreateTemp(out string tempPath, out bool inParent);
        bool moved = false;
        try
        {
            if (clone && !Reflinks.TryClone(source, temp, out bool never))
            {
                IsNeverCloned = never;
                return null;
            }
            if (!clone || !trusted)
                await PumpAsync(source, before, temp, clone, trusted, cancellationToken);
            // Dated a moment back, so that any edit from now on shows in the time (DESIGN "Racy files").
            RegularFile.SetModified(temp, FileStat.Get(temp).ModifiedNs - 2 * Margin());
            RegularFile.SetMode(temp, Umask.ForFile(executable), Path);
            FailPoint.Hit("place.temp-written");
            RequireExpected();
            MoveIn(tempPath, inParent);
            moved = true;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(Path, error);
        }
        finally
        {
            if (!moved)
                Discard(tempPath, inParent);
        }
        return Done(clone ? LinkKind.Reflink : LinkKind.Copy);
    }

    /// <summary>Places a second name of the object. Null where that is not possible.</summary>
    public async Task<PlacedFile?> HardLinkAsync(CancellationToken cancellationToken)
    {
        FileStat before = await TrustedObjectAsync(cancellationToken);
        RequireExpected();
        LinkOutcome outcome = parent.LinkInto(ObjectPath, name);
        if (outcome == LinkOutcome.Exists)
            outcome = ReplaceByHardLink();
        if (outcome != LinkOutcome.Created)
            return null;
        PlacedFile placed = Done(LinkKind.Hardlink);
        // Our link has moved the change time; the bytes are the trusted ones if nothing else moved.
        if (placed.Stat.Stamp with { ChangedNs = 0 } == before.Stamp with { ChangedNs = 0 })
            _folder.Checker.Remember(key, placed.Stat);
        return placed;
    }

    /// <summary>Places a symbolic link to the object.</summary>
    public async Task<PlacedFile?> SymlinkAsync(CancellationToken cancellationToken)
    {
        await TrustedObjectAsync(cancellationToken);
        RequireExpected();
        parent.SymlinkInto(ObjectPath, name);
        FailPoint.Hit("place.moved");
        return Done(LinkKind.Symlink);
    }

    private SafeFileHandle OpenObject(out FileStat stat)
    {
        if (_folder.TryStat(key) is not { } before)
            throw ObjectChecker.Missing(key);
        SafeFileHandle handle = RegularFile.OpenRead(ObjectPath, before, out stat);
        if (size is { } known && stat.Size != known)
        {
            handle.Dispose();
            throw WrongSize(stat);
        }
        return handle;
    }

    private async Task<FileStat> TrustedObjectAsync(CancellationToken cancellationToken)
    {
        FileStat stat = await _folder.Checker.EnsureTrustedAsync(key, cancellationToken);
        return size is { } known && stat.Size != known ? throw WrongSize(stat) : stat;
    }

    // Not moved aside: the bytes may well be what the id says, and the size that some tree claims be wrong.
    private ObjectCorruptException WrongSize(in FileStat stat) =>
        new(key.ToString(), string.Create(CultureInfo.InvariantCulture, $"{stat.Size} bytes long instead of {size}"), "in the cache", "check it with: dv verify --cache");

    private async Task PumpAsync(SafeFileHandle source, FileStat before, SafeFileHandle temp, bool clone, bool trusted, CancellationToken cancellationToken)
    {
        if (trusted)
        {
            await FileCopy.RunAsync(source, temp, forget: cache.IsReadByNobodyElse(key), cancellationToken);
            FileStat copied = FileStat.Get(source);
            // Somebody wrote to it while it was copied: then it is no longer what was verified.
            if (copied.Stamp with { ChangedNs = 0 } != before.Stamp with { ChangedNs = 0 })
                throw new ObjectCorruptException(key.ToString(), "changing while they are read", "in the cache", "run the command again");
            return;
        }
        using var hasher = new ContentHasher(key.Id.Kind, 0, null);
        HashedContent content = await ContentPump.RunAsync(clone ? temp : source, hasher, clone ? null : temp, null, null, cancellationToken);
        FileStat after = FileStat.Get(source);
        if (content.Id != key.Id)
        {
            _folder.Checker.MoveAside(key, before.Inode);
            throw _folder.Checker.Corrupt(key, content.Id.ToString());
        }
        if (after.Stamp == before.Stamp)
            _folder.Checker.Remember(key, after);
    }

    // Half-written files stay out of the user's folders wherever a rename can bring them in.
    private SafeFileHandle CreateTemp(out string path, out bool inParent)
    {
        string temp = TempNames.Create();
        inParent = !parent.IsOnFileSystemOf(tempDirectory);
        path = inParent ? temp : System.IO.Path.Join(tempDirectory, temp);
        return inParent ? parent.CreateFile(temp, Private) : RegularFile.Create(path, Private, Path);
    }

    private void MoveIn(string tempPath, bool inParent)
    {
        if (inParent)
            parent.Rename(tempPath, name);
        else
            parent.MoveInto(tempPath, name);
        FailPoint.Hit("place.moved");
    }

    private LinkOutcome ReplaceByHardLink()
    {
        string temp = TempNames.Create("link");
        bool inParent = !parent.IsOnFileSystemOf(tempDirectory);
        string path = inParent ? temp : System.IO.Path.Join(tempDirectory, temp);
        LinkOutcome outcome = inParent ? parent.LinkInto(ObjectPath, temp) : HardLinks.TryCreate(ObjectPath, path);
        if (outcome != LinkOutcome.Created)
            return outcome;
        try
        {
            RequireExpected();
            MoveIn(path, inParent);
            return outcome;
        }
        finally
        {
            // Also after the move: it leaves both names where the one that was there is a link of the object too.
            Discard(path, inParent);
        }
    }

    private void Discard(string tempPath, bool inParent)
    {
        if (inParent)
            parent.DeleteFile(tempPath);
        else
            TempStore.Discard(tempPath);
    }

    private void RequireExpected()
    {
        if (!guard.Allows(parent.TryStat(name, out FileStat now) ? now : null))
            throw new FileChangedException(Path);
    }

    private long Margin() => FileSystems.RacyMarginNs(parent.FileSystem);

    private PlacedFile Done(LinkKind link)
    {
        if (!parent.TryStat(name, out FileStat stat))
            throw new FileChangedException(Path);
        // The change time is a reading of the file system's clock, where it is any.
        FileStamp stamp = stat.Stamp;
        return new PlacedFile(stat, link, stamp.ChangedNs != 0 && stamp.ModifiedNs + Margin() < stamp.ChangedNs);
    }
}
