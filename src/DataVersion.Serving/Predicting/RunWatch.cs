using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Serving.Predicting;

/// <summary>The time limit of one run at a time: tells ONNX Runtime to end where it is over.</summary>
internal sealed class RunWatch : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private bool _running;
    private bool _expired;

    internal RunWatch() => _timer = new Timer(static watch => ((RunWatch)watch!).Expire(), this, Timeout.Infinite, Timeout.Infinite);

    internal RunOptions Options { get; private set; } = new();

    internal void Begin(TimeSpan limit)
    {
        lock (_lock)
            _running = true;
        _timer.Change(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>True where the limit was over before the run ended.</summary>
    internal bool End()
    {
        _timer.Change(Timeout.Infinite, Timeout.Infinite);
        bool expired;
        lock (_lock)
        {
            _running = false;
            expired = _expired;
            _expired = false;
        }
        if (expired)
        {
            Options.Dispose();
            Options = new RunOptions();
        }
        return expired;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        Options.Dispose();
    }

    // A timer that fires late must not end the next run.
    private void Expire()
    {
        lock (_lock)
        {
            if (!_running)
                return;
            _expired = true;
            Options.Terminate = true;
        }
    }
}
