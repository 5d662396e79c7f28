using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Serving.Predicting;

/// <summary>The time limit of one run at a time: tells ONNX Runtime to end where it is over.</summary>
internal sealed class RunWatch : IDisposable
{
    private readonly Lock _lock = new();
    private long _deadline;
    private bool _expired;

    internal RunOptions Options { get; private set; } = new();

    /// <param name="deadline">As a <see cref="Stopwatch"/> counts.</param>
    internal void Begin(long deadline) => Volatile.Write(ref _deadline, deadline);

    /// <summary>True where the limit was over before the run ended.</summary>
    internal bool End()
    {
        lock (_lock)
        {
            _deadline = 0;
            if (!_expired)
                return false;
            _expired = false;
        }
        Options.Dispose();
        Options = new RunOptions();
        return true;
    }

    /// <summary>Ends the run where its time is over.</summary>
    internal void Check(long now)
    {
        long deadline = Volatile.Read(ref _deadline);
        if (deadline == 0 || deadline > now)
            return;
        // One that has ended meanwhile is left alone, and so is the next one.
        lock (_lock)
        {
            if (_deadline == 0 || _deadline > now || _expired)
                return;
            _expired = true;
            Options.Terminate = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Options.Dispose();
}

/// <summary>Looks after all watches of a model with one timer: one for each request would cost more than a prediction does.</summary>
internal sealed class RunWatches : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<RunWatch, bool> _watches = [];
    private readonly Timer _timer;

    internal RunWatches(TimeSpan limit)
    {
        TimeSpan period = TimeSpan.FromMilliseconds(Math.Clamp(limit.TotalMilliseconds / 4, 5, Longest.TotalMilliseconds));
        _timer = new Timer(static watches => ((RunWatches)watches!).Check(), this, period, period);
    }

    internal void Add(RunWatch watch) => _watches.TryAdd(watch, true);

    internal void Remove(RunWatch watch) => _watches.TryRemove(watch, out _);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Check()
    {
        long now = Stopwatch.GetTimestamp();
        foreach ((RunWatch watch, _) in _watches)
            watch.Check(now);
    }
}
