namespace DataVersion.Storage;

/// <summary>
/// How many requests run at once: it starts modestly, admits more as long as more gets done by it, and halves where a store asks for fewer
/// (hill climbing on goodput; the halving is that of TCP's congestion avoidance, RFC 5681).
/// </summary>
public sealed class AdaptiveGate : IDisposable
{
    /// <summary>How many requests run at once in the beginning.</summary>
    public const int Start = 8;

    // Long enough for a rate to mean something, short enough to reach the cap within a second or two.
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(200);
    private const double WorthIt = 1.05;
    // After a step that brought nothing, or a "slow down", so many windows pass before the next attempt.
    private const int Rest = 10;
    // What a small request counts beside its bytes: else a change from large to small objects would look like a loss.
    private const long RequestWorth = 64 * 1024;

    private readonly int _max;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _free;
    private readonly Lock _lock = new();
    private int _limit;
    private int _owed;
    private int _waiting;
    private bool _wasFull;
    private long _work;
    private long _windowStart;
    private double _lastRate;
    private int _lastLimit;
    private int _resting;

    /// <param name="max">The most requests at once; at least 1.</param>
    /// <param name="clock">Measures rates.</param>
    public AdaptiveGate(int max, TimeProvider clock)
    {
        _max = Math.Max(1, max);
        _clock = clock;
        _limit = Math.Min(Start, _max);
        _free = new SemaphoreSlim(_limit);
        _windowStart = clock.GetTimestamp();
    }

    /// <summary>How many requests may run at once now.</summary>
    public int Limit
    {
        get
        {
            lock (_lock)
                return _limit;
        }
    }

    /// <summary>The most that may ever run at once.</summary>
    public int Max => _max;

    /// <summary>Waits until one more request may run; <see cref="Leave"/> ends it.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (_free.Wait(0, CancellationToken.None))
            return;
        Interlocked.Increment(ref _waiting);
        try
        {
            await _free.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>A request has ended.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _wasFull |= Volatile.Read(ref _waiting) > 0;
            _work += RequestWorth;
            EndWindow();
            if (_owed > 0)
                _owed--;
            else
                _free.Release();
        }
    }

    /// <summary>Some bytes have been moved.</summary>
    public void AddBytes(long bytes)
    {
        lock (_lock)
        {
            _work += bytes;
            EndWindow();
        }
    }

    /// <summary>The store asks for fewer requests.</summary>
    public void SlowDown()
    {
        lock (_lock)
        {
            // One storm is one message, however many requests it hits.
            if (_resting == Rest)
                return;
            Change(Math.Max(1, _limit / 2));
            _resting = Rest;
            _lastRate = 0;
            BeginWindow();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private void EndWindow()
    {
        TimeSpan elapsed = _clock.GetElapsedTime(_windowStart);
        if (elapsed < Window)
            return;
        double rate = _work / elapsed.TotalSeconds;
        bool full = _wasFull;
        BeginWindow();
        if (_resting > 0)
            _resting--;
        // With nobody waiting, the limit has limited nothing, and the rate says nothing of it.
        else if (full)
            Climb(rate);
    }

    private void Climb(double rate)
    {
        if (_lastRate > 0 && _limit > _lastLimit && rate < _lastRate * WorthIt)
        {
            Change(_lastLimit);
            _lastRate = 0;
            _resting = Rest;
            return;
        }
        if (_limit == _max)
            return;
        (_lastRate, _lastLimit) = (rate, _limit);
        Change(Math.Min(_max, _limit + Math.Max(1, _limit / 2)));
    }

    private void BeginWindow()
    {
        _work = 0;
        _wasFull = false;
        _windowStart = _clock.GetTimestamp();
    }

    private void Change(int limit)
    {
        int more = limit - _limit;
        _limit = limit;
        if (more < 0)
        {
            // Places that are taken are given up when they become free.
            for (; more < 0; more++)
            {
                if (!_free.Wait(0, CancellationToken.None))
                    _owed++;
            }
            return;
        }
        int paid = Math.Min(_owed, more);
        _owed -= paid;
        if (more > paid)
            _free.Release(more - paid);
    }
}
