namespace DataVersion.Storage;

/// <summary>So many bytes a second, up and down together: whoever moves bytes waits for its turn (a leaky bucket).</summary>
public sealed class RateLimit
{
    // What may go at once after a pause, so that short waits do not add up to a lower rate.
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100);

    private readonly long _bytesPerSecond;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly Lock _lock = new();
    private TimeSpan _due;

    /// <param name="bytesPerSecond">More than 0.</param>
    /// <param name="clock">Measures and waits.</param>
    public RateLimit(long bytesPerSecond, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytesPerSecond);
        _bytesPerSecond = bytesPerSecond;
        _clock = clock;
        _start = clock.GetTimestamp();
    }

    /// <summary>The most bytes to move in one go, so that a slow limit still is even.</summary>
    public int Piece => (int)Math.Clamp(_bytesPerSecond / 10, 1024, 1024 * 1024);

    /// <summary>Waits until <paramref name="bytes"/> that were just moved are paid for.</summary>
    public Task PayAsync(long bytes, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            TimeSpan now = _clock.GetElapsedTime(_start);
            if (_due < now - Burst)
                _due = now - Burst;
            _due += TimeSpan.FromSeconds((double)bytes / _bytesPerSecond);
            wait = _due - now;
        }
        return wait > TimeSpan.Zero ? Task.Delay(wait, _clock, cancellationToken) : Task.CompletedTask;
    }
}
