using DataVersion.Tracking.Processes;

namespace DataVersion.Tracking.Runs;

/// <summary>
/// SIGTERM and SIGINT while no trainer runs: the first one cancels what goes on, so that it ends with what was finished kept; the second one cancels also
/// the work of ending.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly SignalRelay _relay;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private IDisposable? _subscription;
    private long _at;

    public StopSignals(SignalRelay relay, TimeProvider clock)
    {
        (_relay, _clock) = (relay, clock);
        Resume();
    }

    /// <summary>The first one; null as long as none came.</summary>
    public ForwardedSignal? First { get; private set; }

    /// <summary>Cancelled by the first one.</summary>
    public CancellationToken Token => _first.Token;

    /// <summary>Cancelled by the second one.</summary>
    public CancellationToken LastToken => _second.Token;

    /// <summary>How long ago the first one came.</summary>
    public TimeSpan Since => First is null ? TimeSpan.Zero : _clock.GetElapsedTime(_at);

    /// <summary>Leaves signals to the supervisor of a child. What comes before that listens is kept for it.</summary>
    public void Pause()
    {
        _subscription?.Dispose();
        _subscription = null;
    }

    /// <summary>Listens again.</summary>
    public void Resume() => _subscription = _relay.Subscribe(Handle);

    /// <summary>Notes a signal that came while the supervisor listened.</summary>
    public void Note(ForwardedSignal signal)
    {
        lock (_gate)
        {
            if (First is not null)
                return;
            (First, _at) = (signal, _clock.GetTimestamp());
        }
    }

    public void Dispose()
    {
        Pause();
        _first.Dispose();
        _second.Dispose();
    }

    private void Handle(ForwardedSignal signal)
    {
        if (!signal.IsStop())
            return;
        bool first = First is null;
        Note(signal);
        // Callbacks of tokens may take long: the thread of the signal stays free.
        _ = Task.Run((first ? _first : _second).Cancel, CancellationToken.None);
    }
}
