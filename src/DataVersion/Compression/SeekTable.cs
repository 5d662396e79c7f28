using System.Buffers.Binary;
using DataVersion.Storage;

namespace DataVersion.Compression;

/// <summary>
/// Where in a compressed blob which frame lies. The blob is in zstd's seekable format (facebook/zstd,
/// contrib/seekable_format/zstd_seekable_compression_format.md, version 0.1.0): frames, then this table as a frame that decoders skip, so that
/// <c>zstd -d</c> alone restores the content. Narrower than the format: every frame but the last holds exactly <see cref="FrameBytes"/>, and
/// there are no checksums.
/// <code>
/// table  = 4 bytes 0x184D2A5E, 4 bytes length of what follows, entries, footer
/// entry  = 4 bytes stored length of a frame, 4 bytes its raw length
/// footer = 4 bytes number of entries, 1 byte 0, 4 bytes 0x8F92EAB1          (all numbers little-endian)
/// </code>
/// </summary>
internal sealed class SeekTable
{
    /// <summary>Raw bytes of every frame but the last.</summary>
    public const int FrameBytes = 1024 * 1024;

    /// <summary>A table of more frames (16 TiB) is neither written nor read: it would take more than 128 MiB of memory, and as much again while it is read.</summary>
    public const int MaxFrames = 16 * 1024 * 1024;

    private const uint TableMagic = 0x184D2A5E;
    private const uint FooterMagic = 0x8F92EAB1;
    private const int HeaderLength = 8;
    private const int EntryLength = 8;
    private const int FooterLength = 9;
    private const int FirstRequest = 64 * 1024;

    // One more than there are frames: where the last one ends.
    private readonly long[] _starts;

    private SeekTable(long[] starts, long rawSize, long storedSize)
    {
        _starts = starts;
        RawSize = rawSize;
        StoredSize = storedSize;
    }

    /// <summary>Bytes of the content.</summary>
    public long RawSize { get; }

    /// <summary>Bytes of the whole blob, this table included.</summary>
    public long StoredSize { get; }

    /// <summary>Number of frames; 0 where the content is empty.</summary>
    public int Frames => _starts.Length - 1;

    /// <summary>Reads the table at the end of a blob: by one request, or by a second one where it is longer than 64 KiB.</summary>
    /// <param name="blobSize">Bytes of the blob.</param>
    /// <param name="open">Opens a range of the blob. What it throws passes through.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Null where the blob does not end in a table of this kind that agrees with its size.</returns>
    public static async Task<SeekTable?> TryReadAsync(long blobSize, Func<ByteRange, CancellationToken, Task<Stream>> open, CancellationToken cancellationToken)
    {
        if (blobSize < HeaderLength + FooterLength)
            return null;
        int wanted = (int)Math.Min(blobSize, FirstRequest);
        var tail = new byte[wanted];
        if (!await TryFillAsync(tail, blobSize - wanted, open, cancellationToken) || FramesSaidBy(tail.AsSpan(^FooterLength..)) is not int frames)
            return null;
        long length = LengthOf(frames);
        // Nothing is taken for a table that the blob has no room for.
        if (length + ((long)frames * ZstdFrame.MinBytes) > blobSize)
            return null;
        if (length <= tail.Length)
            return Parse(tail.AsSpan((int)(tail.Length - length)), blobSize);
        var table = new byte[length];
        Memory<byte> rest = table.AsMemory(0, table.Length - tail.Length);
        tail.CopyTo(table, rest.Length);
        return await TryFillAsync(rest, blobSize - length, open, cancellationToken) ? Parse(table, blobSize) : null;
    }

    /// <summary>The table's bytes: what follows the last frame in a blob.</summary>
    /// <param name="storedLengths">Bytes of each frame; at most <see cref="MaxFrames"/>.</param>
    /// <param name="rawSize">Bytes of the content.</param>
    public static byte[] Write(IReadOnlyList<int> storedLengths, long rawSize)
    {
        var table = new byte[LengthOf(storedLengths.Count)];
        BinaryPrimitives.WriteUInt32LittleEndian(table, TableMagic);
        BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(4), table.Length - HeaderLength);
        for (int i = 0; i < storedLengths.Count; i++)
        {
            Span<byte> entry = table.AsSpan(HeaderLength + (i * EntryLength), EntryLength);
            BinaryPrimitives.WriteInt32LittleEndian(entry, storedLengths[i]);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], RawLength(i, rawSize));
        }
        Span<byte> footer = table.AsSpan(^FooterLength..);
        BinaryPrimitives.WriteInt32LittleEndian(footer, storedLengths.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(footer[5..], FooterMagic);
        return table;
    }

    /// <summary>Offset in the blob at which frame <paramref name="frame"/> begins, or, for <see cref="Frames"/>, the last one ends.</summary>
    public long Start(int frame) => _starts[frame];

    /// <summary>Bytes of frame <paramref name="frame"/> in the blob.</summary>
    public int StoredLength(int frame) => (int)(_starts[frame + 1] - _starts[frame]);

    /// <summary>Bytes of frame <paramref name="frame"/>'s content.</summary>
    public int RawLength(int frame) => RawLength(frame, RawSize);

    private static int RawLength(int frame, long rawSize) => (int)Math.Min(FrameBytes, rawSize - ((long)frame * FrameBytes));

    private static long LengthOf(int frames) => HeaderLength + ((long)frames * EntryLength) + FooterLength;

    private static int? FramesSaidBy(ReadOnlySpan<byte> footer)
    {
        uint frames = BinaryPrimitives.ReadUInt32LittleEndian(footer);
        return BinaryPrimitives.ReadUInt32LittleEndian(footer[5..]) == FooterMagic && footer[4] == 0 && frames <= MaxFrames ? (int)frames : null;
    }

    private static SeekTable? Parse(ReadOnlySpan<byte> table, long blobSize)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(table) != TableMagic || BinaryPrimitives.ReadUInt32LittleEndian(table[4..]) != table.Length - HeaderLength)
            return null;
        var starts = new long[((table.Length - HeaderLength - FooterLength) / EntryLength) + 1];
        long raw = 0;
        for (int i = 0; i < starts.Length - 1; i++)
        {
            ReadOnlySpan<byte> entry = table.Slice(HeaderLength + (i * EntryLength), EntryLength);
            uint stored = BinaryPrimitives.ReadUInt32LittleEndian(entry);
            uint content = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
            bool last = i == starts.Length - 2;
            if (content > FrameBytes || content == 0 || (content < FrameBytes && !last) || stored < ZstdFrame.MinBytes || stored > ZstdFrame.Bound((int)content))
                return null;
            starts[i + 1] = starts[i] + stored;
            raw += content;
        }
        return starts[^1] + table.Length == blobSize ? new SeekTable(starts, raw, blobSize) : null;
    }

    // False where the blob ends before that.
    private static async Task<bool> TryFillAsync(Memory<byte> bytes, long offset, Func<ByteRange, CancellationToken, Task<Stream>> open, CancellationToken cancellationToken)
    {
        await using Stream stream = await open(new ByteRange(offset, bytes.Length), cancellationToken);
        return await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken) == bytes.Length;
    }
}
