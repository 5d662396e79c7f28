using System.Buffers;
using DataVersion.Hashing;
using DataVersion.Storage;

namespace DataVersion.Objects.Packs;

/// <summary>Reads objects out of packs, several with one request where they lie near each other. May be used by several threads.</summary>
internal sealed class PackReader(IBlobStore store, string remote)
{
    // A request costs more than to read over as much.
    private const int WorthSkipping = 128 * 1024;

    private readonly PackWindow _trees = new((pack, token) => ReadAllAsync(store, pack, token));

    /// <summary>The stored bytes of an object, decompressed; not checked.</summary>
    /// <exception cref="ObjectMissingException">The pack is gone.</exception>
    /// <exception cref="ObjectCorruptException">The pack is shorter, or what lies there is no zstd frame.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(ObjectKey key, PackedAt at, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> stored;
        try
        {
            if (at.Pack.Index.Trees)
            {
                // Who reads one tree reads those around it.
                stored = await _trees.ReadAsync(at.Pack, cancellationToken) is var all && at.Offset + at.Stored <= all.Length ? all.AsMemory(at.Offset, at.Stored) : default;
            }
            else if (at.Stored > 0)
            {
                await using Stream source = await store.OpenReadAsync(NameOf(at.Pack), new ByteRange(at.Offset, at.Stored), cancellationToken);
                stored = await BoundedReader.ReadAsync(source, at.Stored, cancellationToken);
            }
            else
            {
                stored = default;
            }
        }
        catch (BlobNotFoundException)
        {
            throw Missing(key, at.Pack);
        }
        if (Unpack(at, stored.Span) is { } raw)
            return raw;
        // The way here may have damaged it.
        Forget(at.Pack);
        throw Corrupt(key, at.Pack);
    }

    /// <summary>Reads objects of one pack, in the order in which they lie.</summary>
    /// <param name="objects">What is wanted.</param>
    /// <param name="receive">Takes each object's bytes, decompressed and not checked, which are its own until it returns; null where they cannot be had.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ObjectMissingException">The pack is gone.</exception>
    public async Task ReadTogetherAsync(
        IEnumerable<(ObjectKey Key, PackedAt At)> objects, Func<ObjectKey, ReadOnlyMemory<byte>?, ValueTask> receive, CancellationToken cancellationToken)
    {
        (ObjectKey Key, PackedAt At)[] sorted = [.. objects.OrderBy(o => o.At.Offset)];
        for (int from = 0; from < sorted.Length;)
        {
            int to = from + 1;
            while (to < sorted.Length && sorted[to].At.Offset - (sorted[to - 1].At.Offset + sorted[to - 1].At.Stored) <= WorthSkipping)
                to++;
            try
            {
                await ReadRunAsync(sorted.AsMemory(from, to - from), receive, cancellationToken);
            }
            catch (BlobNotFoundException)
            {
                throw Missing(sorted[from].Key, sorted[from].At.Pack);
            }
            from = to;
        }
    }

    /// <summary>Reads from the remote again what of a pack is held: something in it was not right.</summary>
    public void Forget(KnownPack pack) => _trees.Forget(pack);

    private async Task ReadRunAsync(
        ReadOnlyMemory<(ObjectKey Key, PackedAt At)> run, Func<ObjectKey, ReadOnlyMemory<byte>?, ValueTask> receive, CancellationToken cancellationToken)
    {
        PackedAt last = run.Span[^1].At;
        int position = run.Span[0].At.Offset;
        int length = last.Offset + last.Stored - position;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PackLimits.MaxObject);
        try
        {
            await using Stream source = length == 0 ? Stream.Null : await store.OpenReadAsync(NameOf(last.Pack), new ByteRange(position, length), cancellationToken);
            for (int i = 0; i < run.Length; i++)
            {
                (ObjectKey key, PackedAt at) = run.Span[i];
                for (; position < at.Offset; position += await SkipAsync(source, buffer, at.Offset - position, cancellationToken))
                {
                }
                int count = await source.ReadAtLeastAsync(buffer.AsMemory(0, at.Stored), at.Stored, throwOnEndOfStream: false, cancellationToken);
                position += at.Stored;
                await receive(key, count == at.Stored ? Unpack(at, buffer.AsSpan(0, count), buffer) : null);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<int> SkipAsync(Stream source, byte[] buffer, int bytes, CancellationToken cancellationToken)
    {
        int wanted = Math.Min(bytes, buffer.Length);
        // At an early end the objects behind it are found to be short.
        await source.ReadAtLeastAsync(buffer.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, cancellationToken);
        return wanted;
    }

    private static ReadOnlyMemory<byte>? Unpack(PackedAt at, ReadOnlySpan<byte> stored, byte[]? same = null)
    {
        if (stored.Length != at.Stored)
            return null;
        if (at.Stored == at.Size)
            return same is null ? stored.ToArray() : same.AsMemory(0, at.Size);
        var raw = new byte[at.Size];
        return Compression.ZstdFrame.TryDecompress(stored, raw) ? raw : null;
    }

    private static async Task<byte[]> ReadAllAsync(IBlobStore store, KnownPack pack, CancellationToken cancellationToken)
    {
        if (pack.Listing.Objects == 0)
            return [];
        await using Stream source = await store.OpenReadAsync(NameOf(pack), new ByteRange(0, pack.Listing.Objects), cancellationToken);
        return await BoundedReader.ReadAsync(source, pack.Listing.Objects, cancellationToken) ?? [];
    }

    private static string NameOf(KnownPack pack) => ObjectLayout.PackOf(pack.Listing.Id);

    /// <summary>What to say of an object whose pack is gone.</summary>
    public ObjectMissingException Missing(ObjectKey key, KnownPack pack) =>
        new(key.Id.ToString(), $"on remote '{remote}' (its pack {pack.Listing.Id.Abbreviated} is gone)", null, ObjectStore.SendAgainHint);

    private ObjectCorruptException Corrupt(ObjectKey key, KnownPack pack) =>
        new(key.Id.ToString(), $"what pack {pack.Listing.Id.Abbreviated} holds", $"on remote '{remote}'", ObjectStore.HealHint);
}
