namespace DataVersion.Storage;

/// <summary>Counts what talking to a store costs. May be used from many threads at once.</summary>
public sealed class RequestMeter
{
    private long _requests;
    private long _retries;
    private long _throttled;

    /// <summary>Requests that went out, repeated ones included.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Requests that had to be repeated.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Answers that asked for fewer requests (429, 503).</summary>
    public long Throttled => Interlocked.Read(ref _throttled);

    /// <summary>A request goes out.</summary>
    public void AddRequest() => Interlocked.Increment(ref _requests);

    /// <summary>A request will be repeated.</summary>
    public void AddRetry() => Interlocked.Increment(ref _retries);

    /// <summary>A request was answered with "slow down".</summary>
    public void AddThrottled() => Interlocked.Increment(ref _throttled);
}
