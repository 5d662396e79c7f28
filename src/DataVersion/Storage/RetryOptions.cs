namespace DataVersion.Storage;

/// <summary>How long to keep trying what may succeed later.</summary>
public sealed record RetryOptions
{
    /// <summary>Tries of one request, the first included.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The longest wait before the second try; doubles with every further one.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>No wait of ours is longer; what a remote asks for is honoured up to <see cref="MaxRequestedDelay"/>.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>No new try of an object begins later than this after its first one, however often it seems worth it.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A remote that asks for more than this is not waited for.</summary>
    public TimeSpan MaxRequestedDelay { get; init; } = TimeSpan.FromMinutes(2);
}
