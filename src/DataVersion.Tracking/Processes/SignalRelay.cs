namespace DataVersion.Tracking.Processes;

/// <summary>
/// Where the program puts the signals that it receives, and from where a supervisor takes them. What comes while nobody listens is kept for the next
/// listener, so that a signal between two stages is not lost. May be used from any thread.
/// </summary>
public sealed class SignalRelay
{
    private const int MaxKept = 64;

    private readonly Lock _lock = new();
    private readonly List<Action<ForwardedSignal>> _listeners = [];
    private readonly List<ForwardedSignal> _kept = [];

    /// <summary>Hands a signal to every listener, on this thread.</summary>
    public void Deliver(ForwardedSignal signal)
    {
        Action<ForwardedSignal>[] listeners;
        lock (_lock)
        {
            if (_listeners.Count == 0)
            {
                if (_kept.Count < MaxKept)
                    _kept.Add(signal);
                return;
            }
            listeners = [.. _listeners];
        }
        foreach (Action<ForwardedSignal> listener in listeners)
            listener(signal);
    }

    /// <summary>Listens until the result is disposed. What was kept is handed over before this returns.</summary>
    /// <param name="listener">Called for each signal, on the thread that delivers it; it must be quick and throw nothing.</param>
    public IDisposable Subscribe(Action<ForwardedSignal> listener)
    {
        ForwardedSignal[] kept;
        lock (_lock)
        {
            _listeners.Add(listener);
            kept = [.. _kept];
            _kept.Clear();
        }
        foreach (ForwardedSignal signal in kept)
            listener(signal);
        return new Subscription(this, listener);
    }

    private void Remove(Action<ForwardedSignal> listener)
    {
        lock (_lock)
            _listeners.Remove(listener);
    }

    private sealed class Subscription(SignalRelay relay, Action<ForwardedSignal> listener) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                relay.Remove(listener);
        }
    }
}
