using System.Buffers;
using DataVersion.Compression;
using DataVersion.Hashing;
using DataVersion.Storage;

namespace DataVersion.Objects.Packs;

/// <summary>Puts objects together to a pack, in memory. The same objects in the same order make the same pack.</summary>
/// <param name="zstd">Compress each object that becomes smaller by it.</param>
internal sealed class PackBuilder(bool zstd) : IDisposable
{
    private readonly List<PackEntry> _entries = [];
    private byte[] _stored = ArrayPool<byte>.Shared.Rent(PackLimits.Trees);
    private int _end;

    /// <summary>Number of objects.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds an object.</summary>
    /// <exception cref="ObjectCorruptException">The content does not have that id, or not the length that it claims; it is not in the pack.</exception>
    /// <exception cref="ObjectMissingException">It cannot be opened.</exception>
    public async Task AddAsync(ObjectKey key, IContent content, CancellationToken cancellationToken)
    {
        if (content.Length > PackLimits.MaxObject)
            throw new ArgumentException($"an object of {content.Length} bytes is too large for a pack", nameof(content));
        int size = (int)content.Length;
        int most = zstd ? Math.Max(size, ZstdFrame.Bound(size)) : size;
        byte[] raw = ArrayPool<byte>.Shared.Rent(size + 1);
        try
        {
            await using Stream stream = content.OpenRead();
            // One byte more, to see that the end is there.
            int count = await stream.ReadAtLeastAsync(raw.AsMemory(0, size + 1), size + 1, throwOnEndOfStream: false, cancellationToken);
            ObjectId actual = IdentityHash.Of(key.Id.Kind, raw.AsSpan(0, count));
            // The right bytes of another length would be stored cut off, or with what the array held before.
            if (actual != key.Id || count != size)
            {
                throw new ObjectCorruptException(key.Id.ToString(), actual != key.Id ? actual.ToString() : $"{count} instead of {size}",
                    $"in '{content}'", "fetch it from a remote that has it, or add the data again");
            }
            Reserve(most);
            int stored = zstd ? ZstdFrame.Compress(raw.AsSpan(0, size), _stored.AsSpan(_end)) : size;
            if (stored >= size)
            {
                raw.AsSpan(0, size).CopyTo(_stored.AsSpan(_end));
                stored = size;
            }
            _entries.Add(new PackEntry(key, _end, stored, size));
            _end += stored;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
        }
    }

    /// <summary>The pack: its listing, and its content, which is good until this is disposed of.</summary>
    public (PackListing Listing, IContent Content) Build()
    {
        byte[] text = PackListing.Write(_entries);
        Reserve(text.Length);
        text.CopyTo(_stored, _end);
        var listing = new PackListing(IdentityHash.Of(HashKind.Sha256, text), _end, text.Length, _entries);
        return (listing, new BytesContent(_stored.AsMemory(0, _end + text.Length)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_stored);
        _stored = [];
    }

    private void Reserve(int bytes)
    {
        if (_end + bytes <= _stored.Length)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_end + bytes, Math.Min(_stored.Length * 2, PackLimits.MaxPack)));
        _stored.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_stored);
        _stored = larger;
    }
}
