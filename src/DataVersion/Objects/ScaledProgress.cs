namespace DataVersion.Objects;

/// <summary>Tells of compressed bytes that were sent as the share of the object that they are.</summary>
/// <param name="stored">Compressed bytes in all.</param>
/// <param name="size">Bytes of the object.</param>
/// <param name="progress">Told of the object's bytes; less than nothing where they must be sent again.</param>
internal sealed class ScaledProgress(long stored, long size, Action<long> progress)
{
    private readonly Lock _lock = new();
    private long _sent;
    private long _told;

    public void Advanced(long bytes)
    {
        lock (_lock)
        {
            _sent += bytes;
            long now = stored == 0 ? size : (long)((Int128)_sent * size / stored);
            progress(now - _told);
            _told = now;
        }
    }
}
