using System.Buffers.Binary;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace DataVersion.Compression;

/// <summary>
/// Bytes ↔ one zstd frame (RFC 8878): level 3, the content's size in the header, no checksum, no dictionary. The same bytes give the same frame
/// with the same version of the codec, whatever was compressed before. All members may be called from many threads at once.
/// </summary>
internal static class ZstdFrame
{
    /// <summary>The fewest bytes of a frame: magic number, descriptor, size, one block header.</summary>
    public const int MinBytes = 9;

    private const int Level = 3;
    private const uint Magic = 0xFD2FB528;
    private const ulong UnknownSize = ulong.MaxValue;

    /// <summary>What the zstd program takes unless it is told otherwise. Nothing here is allocated by it.</summary>
    private const ulong MaxWindow = 128UL * 1024 * 1024;

    private static readonly ContextPool<Compressor> Compressors = new(() => new Compressor(Level));
    private static readonly ContextPool<Decompressor> Decompressors = new(() => new Decompressor());

    /// <summary>The most bytes of a frame that holds <paramref name="rawLength"/> bytes.</summary>
    /// <exception cref="OverflowException">They would not fit into one array (from about 2,139,000,000 on).</exception>
    public static int Bound(int rawLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rawLength);
        return checked((int)Methods.ZSTD_compressBound((nuint)rawLength));
    }

    /// <summary>Compresses <paramref name="raw"/> into one frame.</summary>
    /// <param name="raw">What is compressed.</param>
    /// <param name="destination">At least <see cref="Bound"/> bytes: with fewer the frame might turn out another.</param>
    /// <returns>The frame's length in bytes.</returns>
    public static int Compress(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Bound(raw.Length), nameof(destination));
        Compressor compressor = Compressors.Rent();
        int length;
        try
        {
            length = compressor.Wrap(raw, destination[..Bound(raw.Length)]);
        }
        catch
        {
            compressor.Dispose();
            throw;
        }
        Compressors.Return(compressor);
        return length;
    }

    /// <summary>
    /// Decompresses a frame that anybody may have made. True only where <paramref name="stored"/> is exactly one valid frame, without a dictionary,
    /// whose content is as long as <paramref name="raw"/>. Otherwise false, and <paramref name="raw"/> holds anything.
    /// </summary>
    public static bool TryDecompress(ReadOnlySpan<byte> stored, Span<byte> raw)
    {
        if (!IsOneFrame(stored, raw.Length))
            return false;
        Decompressor decompressor = Decompressors.Rent();
        bool whole;
        try
        {
            // A frame without content still wants a place to write to.
            whole = raw.IsEmpty ? decompressor.Unwrap(stored, stackalloc byte[1]) == 0 : decompressor.Unwrap(stored, raw) == raw.Length;
        }
        catch (ZstdException)
        {
            whole = false;
        }
        // Every frame begins with a fresh state: what a bad one left behind harms nobody.
        Decompressors.Return(decompressor);
        return whole;
    }

    // The codec alone would also take several frames, and frames that are skipped.
    private static unsafe bool IsOneFrame(ReadOnlySpan<byte> stored, int rawLength)
    {
        if (stored.Length < MinBytes || BinaryPrimitives.ReadUInt32LittleEndian(stored) != Magic)
            return false;
        fixed (byte* bytes = stored)
        {
            ZSTD_frameHeader header;
            return Methods.ZSTD_getFrameHeader(&header, bytes, (nuint)stored.Length) == 0
                && header.dictID == 0
                && (header.frameContentSize == (ulong)rawLength || header.frameContentSize == UnknownSize)
                && header.windowSize <= Math.Max(MaxWindow, (ulong)rawLength)
                && Methods.ZSTD_findFrameCompressedSize(bytes, (nuint)stored.Length) == (nuint)stored.Length;
        }
    }
}
