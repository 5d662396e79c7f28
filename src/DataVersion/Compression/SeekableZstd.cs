namespace DataVersion.Compression;

/// <summary>Compresses content so that any range of it can be read again without the rest: see <see cref="SeekTable"/>.</summary>
internal static class SeekableZstd
{
    // Besides these one frame is being read and one written. Each takes 3 MiB, and 1 to 2 for the codec: a machine of many processors must not
    // take more memory for one file than small ones have.
    private const int MostAtOnce = 16;

    /// <summary>Compresses a stream up to its end. The result is the same whatever the machine's number of processors.</summary>
    /// <param name="raw">Read forward; stays open.</param>
    /// <param name="destination">Written forward; stays open, and is not flushed.</param>
    /// <param name="progress">Told how many more raw bytes are in the destination; called by one thread at a time.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="NotSupportedException">The content has more than 16 TiB.</exception>
    public static Task<long> CompressAsync(Stream raw, Stream destination, Action<long>? progress, CancellationToken cancellationToken) =>
        CompressAsync(raw, destination, progress, Math.Min(Environment.ProcessorCount, MostAtOnce) + 2, cancellationToken);

    /// <summary>The same, with at most <paramref name="underWay"/> frames in memory.</summary>
    internal static async Task<long> CompressAsync(Stream raw, Stream destination, Action<long>? progress, int underWay, CancellationToken cancellationToken)
    {
        using var pipeline = new FramePipeline(raw, destination, progress, underWay);
        return await pipeline.RunAsync(cancellationToken);
    }
}
