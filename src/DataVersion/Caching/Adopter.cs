using System.Buffers;
using System.Collections.Concurrent;
using DataVersion.Hashing;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Caching;

/// <summary>
/// Reads a workspace file once: hashes it while it comes into the cache as a clone, a hard link or a copy, under a temporary name. A file
/// that changes meanwhile is read again, up to three times.
/// </summary>
internal sealed class Adopter(LocalCache cache, TempStore temps) : IDisposable
{
    private const int Attempts = 3;

    // Files up to this are hashed in memory and written only if the cache lacks them; a clone pays from a few blocks on.
    private const int InMemory = 1024 * 1024;
    private const int InMemoryBesideClones = 16 * 1024;

    private readonly ConcurrentDictionary<ulong, Lazy<FileSystemClock?>> _clocks = new();

    /// <summary>What one attempt yields: <c>TempPath</c> is null where nothing had to be written.</summary>
    internal sealed record Attempt(HashedContent Content, FileStat Stat, LinkKind Link, bool IsSettled, string? TempPath);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; links, fifos and devices are refused unopened.</param>
    /// <param name="kind">The algorithm of the identity.</param>
    /// <param name="seed">The index's seed.</param>
    /// <param name="isPresent">Tells whether the cache needs this content no more.</param>
    /// <param name="progress">Told of bytes.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="FileChangedException">It changed three times while it was read.</exception>
    public async Task<Attempt> ReadAsync(
        string path, HashKind kind, ulong? seed, Func<HashedContent, Task<bool>> isPresent, Action<long>? progress, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var pass = new Pass(path, kind, seed, isPresent, progress, cancellationToken);
            if (await ReadOnceAsync(pass) is { } done)
                return done;
        }
        throw new FileChangedException(path);
    }

    public void Dispose()
    {
        foreach (Lazy<FileSystemClock?> clock in _clocks.Values)
            clock.Value?.Dispose();
    }

    private async Task<Attempt?> ReadOnceAsync(Pass pass)
    {
        using SafeFileHandle source = RegularFile.OpenRead(pass.Path, out FileStat before);
        LinkKind preferred = cache.Links.FirstOrDefault(kind => IsPossible(kind, before), LinkKind.Copy);
        if (preferred is LinkKind.Hardlink or LinkKind.Symlink && await TryLinkAsync(pass, source, before) is { } linked)
            return linked.Attempt;
        if (before.Size <= (preferred == LinkKind.Reflink ? InMemoryBesideClones : InMemory))
            return await ReadSmallAsync(pass, source, before);
        using SafeFileHandle temp = temps.Create(out string tempPath);
        try
        {
            bool cloned = preferred == LinkKind.Reflink && Reflinks.TryClone(source, temp);
            // The clone is a snapshot: what happens to the source from here on is no concern of its hash.
            Checked? snapshot = cloned ? Check(pass.Path, source, before) : null;
            if (cloned && snapshot is null)
                return Dropped(tempPath);
            using var hasher = new ContentHasher(pass.Kind, before.Size, pass.Seed);
            HashedContent content = await ContentPump.RunAsync(cloned ? temp : source, hasher, cloned ? null : temp, new WriteBehind(temp).Wrote, pass.Progress, pass.CancellationToken);
            if ((snapshot ?? Check(pass.Path, source, before)) is not { } after || content.Size != after.Stat.Size)
                return Dropped(tempPath);
            temps.Seal(temp, tempPath);
            FailPoint.Hit("cache.temp-written");
            return new Attempt(content, after.Stat, cloned ? LinkKind.Reflink : LinkKind.Copy, after.IsSettled, tempPath);
        }
        catch (Exception error)
        {
            TempStore.Discard(tempPath);
            if (SystemErrors.IsFileError(error))
                throw SystemErrors.From(pass.Path, error);
            throw;
        }
    }

    private async Task<Attempt?> ReadSmallAsync(Pass pass, SafeFileHandle source, FileStat before)
    {
        int wanted = (int)before.Size + 1;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(wanted);
        try
        {
            int length = ReadAll(source, buffer.AsSpan(0, wanted));
            if (length != before.Size || Check(pass.Path, source, before) is not { } after)
                return null;
            ReadOnlyMemory<byte> bytes = buffer.AsMemory(0, length);
            using var hasher = new ContentHasher(pass.Kind, length, pass.Seed);
            hasher.Append(bytes);
            HashedContent content = hasher.Finish();
            string? tempPath = await pass.IsPresent(content) ? null : Write(bytes);
            pass.Progress?.Invoke(length);
            return new Attempt(content, after.Stat, LinkKind.Copy, after.IsSettled, tempPath);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(pass.Path, error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes bytes to a temporary file that is ready to be published.</summary>
    public string Write(ReadOnlyMemory<byte> bytes)
    {
        using SafeFileHandle temp = temps.Create(out string path);
        try
        {
            RandomAccess.Write(temp, bytes.Span, 0);
            temps.Seal(temp, path);
            FailPoint.Hit("cache.temp-written");
            return path;
        }
        catch (Exception error)
        {
            TempStore.Discard(path);
            if (SystemErrors.IsFileError(error))
                throw temps.Failed(error);
            throw;
        }
    }

    /// <summary>Null where linking is not possible; then nothing has been read and the file can still be copied.</summary>
    private async Task<Linked?> TryLinkAsync(Pass pass, SafeFileHandle source, FileStat before)
    {
        string tempPath = temps.NewPath();
        if (HardLinks.TryCreate(pass.Path, tempPath) != LinkOutcome.Created)
            return null;
        bool keep = false;
        try
        {
            FileStat linked = FileStat.Get(source);
            if (!IsSameContent(before, linked) || FileStat.TryGet(tempPath)?.Inode != linked.Inode)
                return new Linked(null);
            // Publishing will take the write permission away; a file whose mode is not ours to change is copied instead.
            if (!RegularFile.TrySetMode(source, linked.Mode))
                return null;
            FileStat start = FileStat.Get(source);
            using var hasher = new ContentHasher(pass.Kind, start.Size, pass.Seed);
            HashedContent content = await ContentPump.RunAsync(source, hasher, null, null, pass.Progress, pass.CancellationToken);
            if (Check(pass.Path, source, start) is not { } after || content.Size != after.Stat.Size)
                return new Linked(null);
            if (!temps.FlushesAtOnce)
                FileSync.Flush(source, pass.Path);
            keep = true;
            FailPoint.Hit("cache.temp-written");
            return new Linked(new Attempt(content, after.Stat, LinkKind.Hardlink, after.IsSettled, tempPath));
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(pass.Path, error);
        }
        finally
        {
            if (!keep)
                TempStore.Discard(tempPath);
        }
    }

    // A file that its owner may write to through yet another name, and an executable, whose mode an object cannot have, are copied; so is a file whose
    // number does not keep, because nothing could prove that a second name is of the same file.
    private static bool IsPossible(LinkKind kind, in FileStat stat) => kind switch
    {
        LinkKind.Hardlink or LinkKind.Symlink => !stat.IsExecutable && (stat.Links == 1 || stat.IsReadOnly) && SteadyStat.Of(stat.Device).Inode,
        _ => true,
    };

    private static bool IsSameContent(in FileStat a, in FileStat b) => a.Stamp with { ChangedNs = 0 } == b.Stamp with { ChangedNs = 0 };

    /// <summary>Null if the file, or what the path names, is not what it was; the clock is read before the stat, on which the proof rests.</summary>
    private Checked? Check(string path, SafeFileHandle source, FileStat before)
    {
        FileSystemClock? clock = _clocks.GetOrAdd(before.Device, _ => new(() => TryOpenClock(before.Device, path))).Value;
        long nowNs = clock?.NowNs() ?? 0;
        FileStat after = FileStat.Get(source);
        return after.Stamp == before.Stamp && FileStat.TryGet(path) is { } named && named.Stamp == after.Stamp
            ? new Checked(after, clock is not null && clock.IsSettled(after.Stamp, nowNs))
            : null;
    }

    private FileSystemClock? TryOpenClock(ulong device, string path)
    {
        try
        {
            bool besideCache = FileStat.TryGet(cache.Layout.Temporary)?.Device == device;
            return FileSystemClock.Open(besideCache ? cache.Layout.Temporary : Path.GetDirectoryName(path)!);
        }
        catch (FileAccessException)
        {
            // A folder that we may only read: nothing is settled there, and such files are read again by the next status.
            return null;
        }
    }

    private static int ReadAll(SafeFileHandle source, Span<byte> buffer)
    {
        int length = 0;
        while (length < buffer.Length)
        {
            int read = RandomAccess.Read(source, buffer[length..], length);
            ContentPump.Meter.Value?.Add(read);
            if (read == 0)
                break;
            length += read;
        }
        return length;
    }

    private static Attempt? Dropped(string tempPath)
    {
        TempStore.Discard(tempPath);
        return null;
    }

    private sealed record Pass(
        string Path, HashKind Kind, ulong? Seed, Func<HashedContent, Task<bool>> IsPresent, Action<long>? Progress, CancellationToken CancellationToken);

    private sealed record Checked(FileStat Stat, bool IsSettled);

    private sealed record Linked(Attempt? Attempt);
}
