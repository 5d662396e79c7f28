using System.Globalization;
using System.Runtime.CompilerServices;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Storage;

/// <summary>
/// A store whose blobs are the files below a directory, on a disk or a network share. Whoever may write to the directory (its group, where
/// it is group-writable) may use it together. Temporary files lie in <c>.tmp-dv/</c> at its top.
/// </summary>
public sealed class DirectoryBlobStore : IBlobStore
{
    private static readonly TimeSpan StaleAfter = TimeSpan.FromDays(1);
    private readonly string _root;
    private readonly BlobFiles _files;
    private readonly TimeProvider _clock;
    private readonly Lazy<bool> _cleaned;
    private readonly Lazy<GroupFlush> _flush;

    /// <param name="directory">An absolute path. A write makes it where only its last part is missing.</param>
    /// <param name="clock">Tells which temporary files are old enough to be left-overs.</param>
    public DirectoryBlobStore(string directory, TimeProvider? clock = null)
        : this(directory, clock, BlobFiles.At)
    {
    }

    internal DirectoryBlobStore(string directory, TimeProvider? clock, Func<string, BlobFiles> files)
    {
        if (!Path.IsPathFullyQualified(directory))
            throw new ArgumentException("the path must be absolute", nameof(directory));
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        _files = files(_root);
        _clock = clock ?? TimeProvider.System;
        _cleaned = new Lazy<bool>(RemoveStaleTemps);
        _flush = new Lazy<GroupFlush>(() => new GroupFlush(FileSystemSync.Open(_root)));
    }

    /// <inheritdoc/>
    public BlobStoreTraits Traits => new() { AtomicIfAbsent = _files.AtomicIfAbsent, IsLocal = true, Connections = 32 };

    /// <inheritdoc/>
    public string Location => _root;

    /// <inheritdoc/>
    public Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken)
    {
        Check(name, cancellationToken);
        return Task.FromResult(_files.TryStat(name) is { } stat ? Info(name, stat) : null);
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
    {
        Check(name, cancellationToken);
        SafeFileHandle file = _files.TryOpen(name) ?? throw new BlobNotFoundException(Location, name);
        return Task.FromResult<Stream>(new FileRangeStream(file, PathOf(name), range ?? new ByteRange(0, long.MaxValue)));
    }

    /// <inheritdoc/>
    public async Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken)
    {
        Check(name, cancellationToken);
        _ = _cleaned.Value;
        string temp = $"{Guid.NewGuid():N}";
        SafeFileHandle file = _files.CreateTemp(temp);
        try
        {
            // After CreateTemp, which makes the root; before any byte is copied for nothing.
            if (mode == WriteMode.IfAbsent && _files.TryStat(name) is not null)
                return WriteOutcome.AlreadyThere;
            GroupFlush flush = _flush.Value;
            await FillAsync(file, PathOf(name), content, cancellationToken);
            await flush.FlushAsync(() => FileSync.Flush(file, PathOf(name)));
            file.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            FailPoint.Hit("store.before-publish");
            if (!_files.Publish(temp, name, mode == WriteMode.Overwrite))
                return WriteOutcome.AlreadyThere;
            await flush.FlushAsync(() => _files.FlushName(name));
            return WriteOutcome.Written;
        }
        finally
        {
            file.Dispose();
            _files.DeleteTemp(temp);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobNames.CheckPrefix(prefix);
        await Task.CompletedTask;
        string folder = prefix[..(prefix.LastIndexOf('/') + 1)];
        if (!_files.HasFolder(folder.TrimEnd('/')))
            yield break;
        foreach ((string name, FileStat stat) in BlobFileLister.List(_root, folder, prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Info(name, stat);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken)
    {
        Check(name, cancellationToken);
        if (_files.TryStat(name) is not { } stat || (versionToken is not null && versionToken != TokenOf(stat)))
            return false;
        string temp = $"{Guid.NewGuid():N}";
        if (!_files.TakeAway(name, temp))
            return false;
        // Someone may have replaced it in between: what was taken away is looked at again, and given back.
        bool deleted = versionToken is null || _files.TryStat($"{BlobFiles.TempFolder}/{temp}") is not { } taken || TokenOf(taken) == versionToken;
        if (!deleted)
            _files.Publish(temp, name, replace: false);
        _files.DeleteTemp(temp);
        await _flush.Value.FlushAsync(() => _files.FlushName(name));
        return deleted;
    }

    private static async Task FillAsync(SafeFileHandle file, string path, IContent content, CancellationToken cancellationToken)
    {
        long position = 0;
        await ContentCopy.RunAsync(content, async piece =>
        {
            try
            {
                await RandomAccess.WriteAsync(file, piece, position, cancellationToken);
                position += piece.Length;
            }
            catch (Exception e) when (SystemErrors.IsFileError(e))
            {
                throw SystemErrors.From(path, e);
            }
        }, cancellationToken);
    }

    private bool RemoveStaleTemps()
    {
        string folder = Path.Join(_root, BlobFiles.TempFolder);
        try
        {
            foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles())
            {
                if (_clock.GetUtcNow() - file.LastWriteTimeUtc > StaleAfter)
                    file.Delete();
            }
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            // Not there yet, or they belong to others: they are in nobody's way.
            return false;
        }
        return true;
    }

    private static void Check(string name, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        if (name.StartsWith(BlobFiles.TempFolder, StringComparison.OrdinalIgnoreCase))
            throw new UnsafePathException(name, $"'{BlobFiles.TempFolder}' is where a directory remote keeps its temporary files");
        cancellationToken.ThrowIfCancellationRequested();
    }

    private string PathOf(string name) => Path.Join(_root, name);

    private static BlobInfo Info(string name, FileStat stat) =>
        new(name, stat.Size, DateTimeOffset.UnixEpoch.AddTicks(stat.ModifiedNs / 100), TokenOf(stat));

    // Overwriting replaces the file, so the inode tells apart what sizes and coarse clocks do not.
    private static string TokenOf(FileStat stat) => string.Create(CultureInfo.InvariantCulture, $"{stat.ModifiedNs:x}-{stat.Size:x}-{stat.Inode:x}");
}
