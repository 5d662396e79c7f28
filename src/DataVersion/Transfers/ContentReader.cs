using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Storage;

namespace DataVersion.Transfers;

/// <summary>
/// Reads ranges of one file's contents: from the cache, else from a remote without storing them there. No byte is handed on that has not been checked.
/// May be used by several threads.
/// </summary>
/// <param name="cache">Asked first.</param>
/// <param name="small">Has the block list.</param>
/// <param name="content">The contents, their size and their block list.</param>
/// <param name="remote">Opens what has them where the cache does not.</param>
internal sealed class ContentReader(LocalCache cache, SmallObjects small, RootKey content, Func<CancellationToken, Task<ObjectStore>> remote)
{
    private const int BufferSize = 1024 * 1024;

    /// <summary>Blocks of 8 MiB under way at once.</summary>
    public int AtOnce { get; init; } = 4;

    /// <summary>Bytes in all.</summary>
    public long Size => content.Size!.Value;

    private ObjectKey Key => content.Key;

    // What cannot be checked block by block: too small for a list, or without one, or so large that its list is no small object.
    private ObjectKey? BlockList => content.Blocks is { } list && Size > BlockHasher.Threshold && BlockHasher.ListSize(Size) <= SmallObjectReader.MaxBlockList
        ? ObjectKey.Content(list)
        : null;

    /// <summary>Writes the bytes of a range, which lies inside the file.</summary>
    /// <exception cref="ObjectMissingException">They are neither here nor there.</exception>
    /// <exception cref="ObjectCorruptException">They are others. What was written before is right.</exception>
    public async Task CopyToAsync(ByteRange range, Stream destination, CancellationToken cancellationToken)
    {
        long done = 0;
        ObjectCorruptException? corrupt = null;
        if (range.Length == 0)
            return;
        if (cache.Contains(Key))
        {
            try
            {
                await CopyFromCacheAsync(range, WriteAsync, cancellationToken);
                return;
            }
            catch (ObjectCorruptException e)
            {
                // It has been put aside. A remote may have a good one.
                corrupt = e;
            }
        }
        ObjectStore store;
        try
        {
            store = await remote(cancellationToken);
        }
        catch (UsageException) when (corrupt is not null)
        {
            throw corrupt;
        }
        await CopyFromRemoteAsync(store, new ByteRange(range.Offset + done, range.Length - done), WriteAsync, cancellationToken);

        async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
        {
            await destination.WriteAsync(bytes, cancellationToken);
            done += bytes.Length;
        }
    }

    private async Task CopyFromCacheAsync(ByteRange range, Func<ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellationToken)
    {
        // A few blocks prove a range of what would take long to hash as a whole.
        if (range.Length < Size && !cache.IsTrusted(Key) && await TryReadCachedBlockListAsync(cancellationToken) is { } blocks)
        {
            try
            {
                var reader = new BlockReader(Key, Size, blocks, (part, _) => Task.FromResult(cache.Open(Key).OpenRead(part.Offset))) { Where = "in the cache", AtOnce = AtOnce };
                await reader.CopyAsync(range, write, cancellationToken);
                return;
            }
            catch (ObjectCorruptException)
            {
                await cache.VerifyAsync(Key, cancellationToken);
                throw;
            }
        }
        FileStat stat = await cache.EnsureTrustedAsync(Key, cancellationToken);
        if (stat.Size != Size)
            throw new ObjectCorruptException(Key.ToString(), $"{stat.Size} instead of {Size}", "as its pointer or tree declares it");
        await using Stream source = cache.Open(Key).OpenRead(range.Offset);
        var buffer = new byte[(int)Math.Min(BufferSize, range.Length)];
        for (long left = range.Length; left > 0;)
        {
            int count = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken);
            if (count == 0)
                throw new FileChangedException(cache.PathOf(Key));
            await write(buffer.AsMemory(0, count));
            left -= count;
        }
    }

    private async Task CopyFromRemoteAsync(ObjectStore store, ByteRange range, Func<ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellationToken)
    {
        if (BlockList is { } list)
        {
            byte[] blocks = await ReadBlockListAsync(list, cancellationToken);
            var reader = new BlockReader(Key, Size, blocks, (part, token) => store.OpenReadAsync(new ObjectRequest(Key, Size), part, token))
            {
                Where = $"on remote '{store.Name}'",
                Hint = ObjectStore.HealHint,
                AtOnce = AtOnce,
            };
            await reader.CopyAsync(range, write, cancellationToken);
        }
        else if (Size <= BlockHasher.Threshold)
        {
            byte[] bytes = await SmallObjectReader.TwiceAsync(() => ReadWholeAsync(store, cancellationToken));
            await write(bytes.AsMemory((int)range.Offset, (int)range.Length));
        }
        else
        {
            // Nothing but its whole proves it, and the whole is too large to be held: it goes the way of a fetch.
            TransferResult fetched = await new ObjectTransfer(cache, store, new TransferOptions(), SilentMonitor.Instance).FetchAsync([new WantedRoot(content, "")], cancellationToken);
            if (fetched.Failed is [{ } failed, ..])
                throw new DataVersionException(failed.Kind, failed.Error);
            await CopyFromCacheAsync(range, write, cancellationToken);
        }
    }

    private async Task<byte[]?> TryReadCachedBlockListAsync(CancellationToken cancellationToken)
    {
        if (BlockList is not { } list || !cache.Contains(list))
            return null;
        try
        {
            long length = BlockHasher.ListSize(Size)!.Value;
            byte[] blocks = await cache.ReadSmallAsync(list, (int)length, cancellationToken);
            return blocks.Length == length ? blocks : null;
        }
        catch (DataVersionException e) when (e is ObjectCorruptException or ObjectMissingException)
        {
            return null;
        }
    }

    private async Task<byte[]> ReadBlockListAsync(ObjectKey list, CancellationToken cancellationToken)
    {
        long length = BlockHasher.ListSize(Size)!.Value;
        byte[] blocks = await small.ReadAsync(list, (int)length, remote, cancellationToken);
        return blocks.Length == length ? blocks : throw new ObjectCorruptException(list.ToString(), $"{blocks.Length} instead of {length}", $"as the block list of '{content.Path}'");
    }

    private async Task<byte[]> ReadWholeAsync(ObjectStore store, CancellationToken cancellationToken)
    {
        await using Stream source = await store.OpenReadAsync(new ObjectRequest(Key, Size), null, cancellationToken);
        var bytes = new byte[(int)Size];
        int count = await source.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        bool isLonger = await source.ReadAsync(new byte[1], cancellationToken) > 0;
        ObjectId actual = IdentityHash.Of(Key.Id.Kind, bytes.AsSpan(0, count));
        if (actual == Key.Id && count == bytes.Length && !isLonger)
            return bytes;
        string found = isLonger ? $"more than the {Size} declared" : count < bytes.Length ? $"{count} instead of {Size}" : actual.ToString();
        throw new ObjectCorruptException(Key.ToString(), found, $"on remote '{store.Name}'", ObjectStore.HealHint);
    }
}
