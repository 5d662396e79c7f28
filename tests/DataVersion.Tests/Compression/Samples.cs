using System.Globalization;
using System.Text;
using DataVersion.Compression;
using DataVersion.Storage;

namespace DataVersion.Tests.Compression;

/// <summary>Contents to compress, the same in every run, and what they become.</summary>
internal static class Samples
{
    internal const int MiB = 1024 * 1024;

    /// <summary>Lines of a table; compresses well and has a frame's worth of variety.</summary>
    internal static byte[] Text(int length)
    {
        var text = new StringBuilder();
        for (int i = 0; text.Length < length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i},{i * 7919 % 1000},label-{i % 7}\n");
        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    internal static byte[] Noise(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal static byte[] Frame(byte[] raw)
    {
        var stored = new byte[ZstdFrame.Bound(raw.Length)];
        return stored[..ZstdFrame.Compress(raw, stored)];
    }

    internal static async Task<byte[]> SeekableAsync(byte[] raw, int underWay = 2)
    {
        using var blob = new MemoryStream();
        long written = await SeekableZstd.CompressAsync(new MemoryStream(raw), blob, null, underWay, CancellationToken.None);
        Xunit.Assert.Equal(blob.Length, written);
        return blob.ToArray();
    }

    internal static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        await using Stream source = stream;
        using var all = new MemoryStream();
        await source.CopyToAsync(all);
        return all.ToArray();
    }
}

/// <summary>A blob in memory that counts what is asked of it.</summary>
internal sealed class SampleBlob(byte[] bytes)
{
    internal List<ByteRange> Requests { get; } = [];

    internal Task<Stream> OpenAsync(ByteRange range, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Requests.Add(range);
        int from = (int)Math.Min(range.Offset, bytes.Length);
        int count = (int)Math.Min(range.Length, bytes.Length - from);
        return Task.FromResult<Stream>(new PieceStream(bytes.AsMemory(from, count)));
    }

    internal Task<SeekTable?> TableAsync() => SeekTable.TryReadAsync(bytes.Length, OpenAsync, CancellationToken.None);
}

/// <summary>Gives its bytes in pieces of any size, as networks do, and may break in the midst of them.</summary>
internal sealed class PieceStream(ReadOnlyMemory<byte> bytes, int breaksAt = int.MaxValue) : ForwardStream
{
    private int _position;
    private int _piece = 1;

    public override int Read(Span<byte> buffer)
    {
        if (_position >= breaksAt)
            throw new IOException("the source broke");
        _piece = (_piece * 7 % 99991) + 1;
        int count = Math.Min(Math.Min(_piece, buffer.Length), bytes.Length - _position);
        bytes.Span.Slice(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        return Read(buffer.Span);
    }
}
