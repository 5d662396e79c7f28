using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Caching;

/// <summary>
/// Objects on their way into the cache. Many threads may add at once; what is added is there, and durable, when
/// <see cref="CommitAsync"/> has returned. Disposing without a commit leaves no trace but whole objects that are good to have.
/// </summary>
public sealed class CacheBatch : IAsyncDisposable
{
    private const int SliceSize = 4096;

    private readonly LocalCache _cache;
    private readonly TempStore _temps;
    private readonly Adopter _adopter;
    private readonly Publisher _publisher;
    private readonly IDisposable _hold;
    private readonly SemaphoreSlim _publishing = new(1);
    private readonly ConcurrentDictionary<ObjectKey, Task> _claims = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _unfinished = [];
    private List<PendingObject> _pending = [];
    private ExceptionDispatchInfo? _failure;

    internal CacheBatch(LocalCache cache, TempStore temps, IDisposable hold)
    {
        _cache = cache;
        _temps = temps;
        _hold = hold;
        _adopter = new Adopter(cache, temps);
        _publisher = new Publisher(cache, temps);
    }

    /// <summary>
    /// Takes a workspace file's content into the cache, with its block list if it is over 64 MiB, reading each byte once. By the first link
    /// kind that is possible: a clone, a hard link (the file becomes read-only), or a copy; executables are never hard-linked.
    /// </summary>
    /// <param name="path">Absolute path of a regular file.</param>
    /// <param name="kind">The algorithm that names it.</param>
    /// <param name="fingerprintSeed">The index's seed.</param>
    /// <param name="progress">Told the number of bytes after each piece.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <exception cref="FileChangedException">It changed again and again while it was read.</exception>
    /// <exception cref="FileAccessException">It is not a regular file, may not be read, or the disk is full.</exception>
    public async Task<AdoptedFile> AdoptAsync(
        string path, HashKind kind, ulong fingerprintSeed, Action<long>? progress, CancellationToken cancellationToken)
    {
        Adopter.Attempt read = await _adopter.ReadAsync(path, kind, fingerprintSeed, IsPresent, progress, cancellationToken);
        var adopted = new AdoptedFile(path, read.Content, read.Stat, read.Link, read.IsSettled);
        try
        {
            if (read.Content.BlockList is { } blocks)
                await PutAsync(ObjectKey.Content(IdentityHash.Of(kind, blocks)), blocks, cancellationToken);
            if (read.TempPath is { } temp)
                await OfferAsync(new PendingObject(ObjectKey.Content(read.Content.Id), temp, read.Link == LinkKind.Hardlink ? adopted : null), cancellationToken);
        }
        catch
        {
            if (read.TempPath is { } temp)
                TempStore.Discard(temp);
            throw;
        }
        return adopted;

        // Where it is claimed by another file of this batch, that one brings it.
        async Task<bool> IsPresent(HashedContent content) =>
            _claims.ContainsKey(ObjectKey.Content(content.Id)) || await _publisher.IsGoodAsync(ObjectKey.Content(content.Id), cancellationToken);
    }

    /// <summary>Stores bytes that are at hand: a tree, a block list, a link's target.</summary>
    /// <exception cref="ArgumentException">The bytes do not hash to the key.</exception>
    public async Task PutAsync(ObjectKey key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (IdentityHash.Of(key.Id.Kind, bytes.Span) != key.Id)
            throw new ArgumentException($"the bytes are not {key}", nameof(bytes));
        if (_claims.ContainsKey(key) || await _publisher.IsGoodAsync(key, cancellationToken))
            return;
        await OfferAsync(new PendingObject(key, _adopter.Write(bytes), null), cancellationToken);
    }

    /// <summary>Stores what a remote sends, hashing it while it comes, up to its declared size.</summary>
    /// <exception cref="ObjectCorruptException">The bytes, or their number, are others. Nothing is stored.</exception>
    /// <exception cref="FileAccessException">The disk is full, or the like.</exception>
    public async Task ReceiveAsync(ObjectKey key, long? size, Stream source, Action<long>? progress, CancellationToken cancellationToken)
    {
        using SafeFileHandle temp = _temps.Create(out string path);
        try
        {
            using var hasher = new ContentHasher(key.Id.Kind, 0, null);
            HashedContent content = await ContentPump.RunAsync(source, size, hasher, temp, new WriteBehind(temp).Wrote, progress, cancellationToken);
            if (size is { } declared && content.Size > declared)
                throw new ObjectCorruptException(key.ToString(), $"more than the {declared} declared", "as received");
            if (content.Id != key.Id || (size is not null && content.Size != size))
                throw new ObjectCorruptException(key.ToString(), content.Id == key.Id ? $"{content.Size} instead of {size}" : content.Id.ToString(), "as received");
            _temps.Seal(temp, path);
            FailPoint.Hit("cache.temp-written");
            await OfferAsync(new PendingObject(key, path, null), cancellationToken);
        }
        catch (Exception error)
        {
            TempStore.Discard(path);
            if (SystemErrors.IsFileError(error))
                throw _temps.Failed(error);
            throw;
        }
    }

    /// <summary>
    /// Stores a large object that comes in ranges, several at once. What an interrupted call has received is kept, and found again by the next one,
    /// as far as the block list proves it. The object is durable when this returns.
    /// </summary>
    /// <param name="key">The object.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="blocks">Its block list.</param>
    /// <param name="open">Opens ranges of it.</param>
    /// <param name="atOnce">Ranges under way at once.</param>
    /// <param name="progress">Told the number of bytes after each piece, those that were kept included.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <returns>False where another process is receiving this object just now: nothing was done.</returns>
    /// <exception cref="ObjectCorruptException">The bytes, or their number, are others. Nothing is stored.</exception>
    /// <exception cref="FileAccessException">The disk is full, or the like.</exception>
    public async Task<bool> TryReceiveRangesAsync(
        ObjectKey key, long size, ReadOnlyMemory<byte> blocks, RangeOpener open, int atOnce, Action<long>? progress, CancellationToken cancellationToken)
    {
        using PartialObject? partial = PartialObject.TryOpen(_cache.Layout, key);
        if (partial is null)
            return false;
        try
        {
            await new RangeReceiver(key, size, blocks, open, atOnce, progress).RunAsync(partial.File, cancellationToken);
            _temps.Seal(partial.File, partial.Path);
            FailPoint.Hit("cache.partial-complete");
            await OfferAsync(new PendingObject(key, partial.Path, null), cancellationToken);
            // Not left to a later commit: so much is not to be received twice.
            await CommitAsync(cancellationToken);
            _cache.NoteReceived(key);
            return true;
        }
        catch (ObjectCorruptException)
        {
            TempStore.Discard(partial.Path);
            throw;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw _temps.Failed(error);
        }
    }

    /// <summary>Publishes what has been added and makes it durable. The batch can be used, and committed, again.</summary>
    /// <remarks>Fails if publishing has failed before, even if that error was taken for one file's: others went down with it.</remarks>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        await PublishAsync(Take(atLeast: 0), cancellationToken);
        // What other threads have taken out to publish is a part of what was added, too.
        Task[] unfinished;
        lock (_gate)
            unfinished = [.. _unfinished];
        await Task.WhenAll(unfinished).WaitAsync(cancellationToken);
        _failure?.Throw();
        try
        {
            _cache.SaveVerified();
        }
        catch (DataVersionException)
        {
            // The objects are safe; what was verified is hashed once more when it is needed.
        }
        FailPoint.Hit("cache.committed");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (PendingObject item in Take(atLeast: 0).Items)
            TempStore.Discard(item.TempPath);
        _adopter.Dispose();
        _temps.Dispose();
        _publishing.Dispose();
        _hold.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task OfferAsync(PendingObject item, CancellationToken cancellationToken)
    {
        // The first of equal contents asks the cache; the others wait for its answer and then have nothing to bring.
        var claim = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task winner = _claims.GetOrAdd(item.Key, claim.Task);
        if (winner != claim.Task)
        {
            await winner;
            LeaveAlone(item);
            return;
        }
        try
        {
            if (await IsThereAsync(item, cancellationToken))
            {
                LeaveAlone(item);
            }
            else
            {
                lock (_gate)
                    _pending.Add(item);
            }
            _claims[item.Key] = Task.CompletedTask;
            claim.SetResult();
        }
        catch (Exception error)
        {
            // Others may have left their copies of these bytes to this one.
            _failure ??= ExceptionDispatchInfo.Capture(error);
            claim.SetResult();
            throw;
        }
        await PublishAsync(Take(SliceSize), cancellationToken);
    }

    private async Task<bool> IsThereAsync(PendingObject item, CancellationToken cancellationToken)
    {
        // A workspace file that is the object itself has just been hashed.
        if (item.Adopted is { } file && _cache.Main.TryStat(item.Key) is { } stat && file.IsSameBut(stat))
            return true;
        return await _publisher.IsGoodAsync(item.Key, cancellationToken);
    }

    private void LeaveAlone(PendingObject item)
    {
        TempStore.Discard(item.TempPath);
        if (item.Adopted is not { } file)
            return;
        _publisher.Settle(file, _cache.Main.TryStat(item.Key));
        if (file.Link == LinkKind.Hardlink && _cache.Main.TryStat(item.Key) is { } stat && file.IsSameBut(stat))
            _cache.Checker.Remember(item.Key, stat);
    }

    private Slice Take(int atLeast)
    {
        lock (_gate)
        {
            if (_pending.Count == 0 || _pending.Count < atLeast)
                return Slice.Empty;
            var taken = new Slice(_pending, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _unfinished.Add(taken.End.Task);
            _pending = [];
            return taken;
        }
    }

    private async Task PublishAsync(Slice slice, CancellationToken cancellationToken)
    {
        bool published = slice.Items.Count == 0;
        bool entered = false;
        try
        {
            _failure?.Throw();
            if (published)
                return;
            await _publishing.WaitAsync(cancellationToken);
            entered = true;
            await _publisher.PublishAsync(slice.Items, cancellationToken);
            published = true;
        }
        catch (Exception error)
        {
            _failure ??= ExceptionDispatchInfo.Capture(error);
            throw;
        }
        finally
        {
            if (entered)
                _publishing.Release();
            if (!published)
                slice.Items.ForEach(item => TempStore.Discard(item.TempPath));
            lock (_gate)
                _unfinished.Remove(slice.End.Task);
            slice.End.TrySetResult();
        }
    }

    /// <summary>Objects that are published together, and the end of that.</summary>
    private sealed record Slice(List<PendingObject> Items, TaskCompletionSource End)
    {
        public static Slice Empty => new([], new TaskCompletionSource());
    }
}
