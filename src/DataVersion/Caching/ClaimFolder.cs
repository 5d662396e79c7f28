using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Caching;

/// <summary>A claim as it was seen.</summary>
/// <param name="Line">What it says; null where that cannot be read.</param>
/// <param name="ModifiedNs">When its owner touched it last, by the file system's clock.</param>
/// <param name="Inode">The file's number.</param>
internal sealed record ClaimSight(ClaimLine? Line, long ModifiedNs, ulong Inode)
{
    /// <summary>True if the other is the same claim, whenever it was touched.</summary>
    public bool IsSame(ClaimSight other) => Line?.Token == other.Line?.Token && (Line is not null || Inode == other.Inode);
}

/// <summary>
/// The files of claims. Whatever two processes do here at once, on one machine or over NFS, a name has one owner: it is taken by link(2), which fails
/// where the name is taken, and freed by a rename, which one of several can do.
/// </summary>
internal sealed class ClaimFolder : IDisposable
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const long DayNs = 24L * 3600 * 1_000_000_000;

    private readonly string _directory;
    private readonly FileSystemClock _clock;

    /// <exception cref="FileAccessException">Nothing can be written there.</exception>
    public ClaimFolder(string directory)
    {
        _directory = directory;
        _clock = FileSystemClock.Open(directory);
        // Elsewhere the time of a file may be what the machine that touched it takes for now.
        StampsByItself = FileSystems.Of(directory) is FileSystemKind.Local or FileSystemKind.Memory or FileSystemKind.Overlay;
    }

    /// <summary>True where all times are those of one clock.</summary>
    public bool StampsByItself { get; }

    /// <summary>Now, by the clock that dates claims.</summary>
    public long NowNs() => _clock.NowNs();

    /// <summary>The claim of that name; null where there is none. Opens it, because NFS answers with what it remembers to who only asks for its times.</summary>
    public ClaimSight? Look(string name) => Read(PathOf(name));

    /// <summary>Makes a claim.</summary>
    /// <returns>False where the name is taken.</returns>
    /// <exception cref="FileAccessException">It cannot be written.</exception>
    public bool TryCreate(string name, ClaimLine line)
    {
        // The token is a temporary name: what a crash leaves here is removed like any other.
        string temporary = PathOf(line.Token);
        try
        {
            using (SafeFileHandle file = RegularFile.Create(temporary, Mode, _directory))
            {
                RandomAccess.Write(file, line.Format(), 0);
                RegularFile.SetMode(file, Mode, _directory);
            }
            // A server's answer that got lost makes a success look like a failure.
            return Publisher.TryMove(temporary, PathOf(name)) || Look(name)?.Line?.Token == line.Token;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(_directory, error);
        }
        finally
        {
            TempStore.Discard(temporary);
        }
    }

    /// <summary>Dates a claim now, if it is still the one with this token.</summary>
    /// <returns>False where it is another's, or gone.</returns>
    /// <exception cref="FileAccessException">It cannot be touched.</exception>
    public bool TryTouch(string name, string token)
    {
        string path = PathOf(name);
        if (Read(path)?.Line?.Token != token)
            return false;
        using SafeFileHandle file = RegularFile.OpenWrite(path);
        // By the handle: whatever has the name by now, it is this claim that is dated.
        if (Read(file)?.Token != token)
            return false;
        RegularFile.Touch(file, path);
        return true;
    }

    /// <summary>Takes a claim away if it is still the one that was seen. Another's, caught in the same moment, is put back.</summary>
    /// <exception cref="FileAccessException">It cannot be removed.</exception>
    public void Remove(string name, ClaimSight seen)
    {
        string path = PathOf(name), grave = PathOf(TempNames.Create("grave"));
        try
        {
            if (Read(path) is not { } now || !now.IsSame(seen))
                return;
            // A plain rename, of which one of several succeeds; without overwriting, .NET would link and unlink.
            File.Move(path, grave, overwrite: true);
            if (Read(grave) is { } taken && !taken.IsSame(seen))
                Publisher.TryMove(grave, path);
            TempStore.Discard(grave);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Somebody else was quicker.
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }

    /// <summary>Removes what killed processes left here.</summary>
    public void RemoveStale()
    {
        long nowNs = NowNs();
        TempNames.RemoveStale(_directory, nowNs);
        foreach (string path in Directory.EnumerateFiles(_directory))
        {
            if (FileStat.TryGet(path) is { } stat && nowNs - stat.ModifiedNs > DayNs)
                TempStore.Discard(path);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _clock.Dispose();

    private string PathOf(string name) => Path.Join(_directory, name);

    private static ClaimSight? Read(string path)
    {
        if (RegularFile.TryOpenRead(path) is not { } file)
        {
            if (FileStat.TryGet(path) is not { } unreadable)
                return null;
            return unreadable.Type == FileType.File
                ? new ClaimSight(null, unreadable.ModifiedNs, unreadable.Inode)
                : throw new FileAccessException(path, "is not a claim");
        }
        using (file)
        {
            FileStat stat = FileStat.Get(file);
            return new ClaimSight(Read(file), stat.ModifiedNs, stat.Inode);
        }
    }

    private static ClaimLine? Read(SafeFileHandle file)
    {
        Span<byte> bytes = stackalloc byte[ClaimLine.MaxBytes + 1];
        int length = RandomAccess.Read(file, bytes, 0);
        return ClaimLine.TryParse(bytes[..length]);
    }
}
