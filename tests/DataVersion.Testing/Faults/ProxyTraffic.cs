using System.Diagnostics;

namespace DataVersion.Testing.Faults;

/// <summary>What went through a proxy. May be read while it runs.</summary>
public sealed class ProxyTraffic
{
    private readonly Lock _lock = new();
    private long _bytesUp;
    private long _bytesDown;
    private int _connections;
    private int _requests;
    private long _cutAt = long.MaxValue;
    private long _freeUp;
    private long _freeDown;

    /// <summary>Bytes that were passed on to the server.</summary>
    public long BytesUp => Interlocked.Read(ref _bytesUp);

    /// <summary>Bytes that were passed on to clients.</summary>
    public long BytesDown => Interlocked.Read(ref _bytesDown);

    /// <summary>Connections that clients made.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>HTTP requests that clients sent, those that the proxy answered itself included.</summary>
    public int Requests => Volatile.Read(ref _requests);

    internal void AddConnection() => Interlocked.Increment(ref _connections);

    internal void AddRequest() => Interlocked.Increment(ref _requests);

    /// <summary>Lets so many bytes more through, of all connections together.</summary>
    internal void CutAfter(long bytes)
    {
        lock (_lock)
            _cutAt = _bytesUp + _bytesDown + bytes;
    }

    /// <summary>Takes note of bytes that are about to pass.</summary>
    /// <returns>How many of them may, and whether every connection is to be cut then.</returns>
    internal (int Count, bool Cut) Pass(bool up, int count)
    {
        lock (_lock)
        {
            long left = _cutAt - _bytesUp - _bytesDown;
            bool cut = left <= count;
            if (cut)
            {
                // One cut per order: what comes afterwards passes.
                count = (int)left;
                _cutAt = long.MaxValue;
            }
            if (up)
                _bytesUp += count;
            else
                _bytesDown += count;
            return (count, cut);
        }
    }

    /// <summary>How long bytes have to wait so that the rate is kept.</summary>
    internal TimeSpan WaitFor(bool up, int count, long rate)
    {
        if (rate <= 0)
            return TimeSpan.Zero;
        long now = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            ref long free = ref up ? ref _freeUp : ref _freeDown;
            long begin = Math.Max(now, free);
            free = begin + (long)(count * (double)Stopwatch.Frequency / rate);
            return Stopwatch.GetElapsedTime(now, begin);
        }
    }
}
