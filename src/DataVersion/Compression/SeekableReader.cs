using DataVersion.Storage;

namespace DataVersion.Compression;

/// <summary>Reads the content of a blob that <see cref="SeekableZstd"/> wrote, or any range of it. May be used by many threads at once.</summary>
/// <param name="table">The blob's table.</param>
/// <param name="open">Opens a range of the blob. What it throws passes through.</param>
internal sealed class SeekableReader(SeekTable table, Func<ByteRange, CancellationToken, Task<Stream>> open)
{
    /// <summary>
    /// Opens the content, or <paramref name="rawRange"/> of it, for one forward read, by one request for the frames that cover it. A range that
    /// reaches beyond the end is cut there; an empty one makes no request. The stream holds up to 2 MiB, and throws
    /// <see cref="InvalidDataException"/> from the frame on that cannot be decompressed or is not all there.
    /// </summary>
    public async Task<Stream> OpenReadAsync(ByteRange? rawRange, CancellationToken cancellationToken)
    {
        ByteRange range = Clip(rawRange ?? new ByteRange(0, table.RawSize));
        if (range.Length == 0)
            return new ReadOnlyMemoryStream(default);
        int first = (int)(range.Offset / SeekTable.FrameBytes);
        int end = (int)((range.Offset + range.Length - 1) / SeekTable.FrameBytes) + 1;
        Stream stored = await open(new ByteRange(table.Start(first), table.Start(end) - table.Start(first)), cancellationToken);
        return new FramesStream(table, stored, first, (int)(range.Offset % SeekTable.FrameBytes), range.Length);
    }

    private ByteRange Clip(ByteRange range)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(range.Offset, nameof(range));
        ArgumentOutOfRangeException.ThrowIfNegative(range.Length, nameof(range));
        return range.Offset >= table.RawSize ? default : range with { Length = Math.Min(range.Length, table.RawSize - range.Offset) };
    }
}
