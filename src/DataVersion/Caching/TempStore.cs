using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Caching;

/// <summary>Temporary files of a batch, on the file system of the cache, and how they become fit to be objects.</summary>
internal sealed class TempStore : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly CacheLayout _layout;
    private readonly long _marginNs;

    // Opened before the first write, so that no failed write-back goes unseen.
    private readonly FileSystemSync _sync;

    public TempStore(CacheLayout layout)
    {
        _layout = layout;
        _marginNs = FileSystems.RacyMarginNs(FileSystems.Of(layout.Temporary));
        _sync = FileSystemSync.Open(layout.Temporary);
    }

    /// <summary>The mode of every object: nobody writes to it.</summary>
    public const UnixFileMode ObjectMode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>True where <see cref="FlushAll"/> suffices; false: each file has been flushed by <see cref="Seal"/>, directories have not.</summary>
    public bool FlushesAtOnce => _sync.IsBatch;

    public string NewPath() => Path.Join(_layout.Temporary, TempNames.Create());

    /// <summary>Creates an empty file.</summary>
    public SafeFileHandle Create(out string path)
    {
        path = NewPath();
        return RegularFile.Create(path, Private, _layout.Root);
    }

    /// <summary>
    /// Makes a written file read-only, durable where there is no common flush, and dates it a moment back: then whatever is written to it
    /// later, through a link, shows in its time (DESIGN "Racy files").
    /// </summary>
    public void Seal(SafeFileHandle file, string path)
    {
        RegularFile.SetModified(file, FileStat.Get(file).ModifiedNs - 2 * _marginNs);
        RegularFile.SetMode(file, ObjectMode, path);
        if (!_sync.IsBatch)
            FileSync.Flush(file, path);
    }

    /// <summary>An error of writing here, as the user should see it: the cache, not a temporary name.</summary>
    public FileAccessException Failed(Exception error) => SystemErrors.From(_layout.Root, error);

    /// <summary>Makes everything written so far durable, where one flush can.</summary>
    public void FlushAll() => _sync.Flush();

    /// <summary>Removes a temporary file; that it cannot be removed matters to nobody now.</summary>
    public static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            // The next batch removes it.
        }
    }

    /// <summary>Removes what killed processes left.</summary>
    public void RemoveStale()
    {
        using FileSystemClock clock = FileSystemClock.Open(_layout.Temporary);
        long nowNs = clock.NowNs();
        TempNames.RemoveStale(_layout.Temporary, nowNs);
        PartialObject.RemoveStale(_layout.Temporary, DateTimeOffset.UnixEpoch.AddTicks(nowNs / 100));
    }

    /// <inheritdoc/>
    public void Dispose() => _sync.Dispose();
}
