namespace DataVersion.Tracking.Processes;

/// <summary>What signals do to a running child: passing on, the grace, the kill.</summary>
internal sealed class ChildStop(IRunningChild child, SupervisorOptions options, bool sharesTerminal) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _killed = new();
    private ITimer? _grace;
    private Task _stopping = Task.CompletedTask;

    /// <summary>The first SIGTERM or SIGINT.</summary>
    public ForwardedSignal? StoppedBy { get; private set; }

    public bool HasKilled { get; private set; }

    /// <summary>Called on the thread that delivers signals; returns at once.</summary>
    public void Handle(ForwardedSignal signal)
    {
        lock (_lock)
        {
            if (signal.IsStop() && StoppedBy is not null)
            {
                Kill();
                return;
            }
            if (!(sharesTerminal && signal.ComesFromTerminal()))
                child.Send(signal);
            if (!signal.IsStop())
                return;
            StoppedBy = signal;
            _grace = options.Clock.CreateTimer(_ => EndGrace(), null, options.Grace, Timeout.InfiniteTimeSpan);
            if (options.OnStopping is { } onStopping)
                _stopping = Task.Run(() => onStopping(signal, _killed.Token), CancellationToken.None);
        }
    }

    /// <summary>
    /// Waits for the callback, at most until the grace is over or the caller gives up: it runs on after the child's end, as its work is worth most then.
    /// </summary>
    public async Task<Exception?> FinishAsync(CancellationToken cancellationToken)
    {
        Task stopping;
        lock (_lock)
            stopping = _stopping;
        await using (cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _killed))
            await stopping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return stopping.Exception?.InnerException ?? (stopping.IsCanceled ? new OperationCanceledException(_killed.Token) : null);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _grace?.Dispose();
            _grace = null;
        }
        _killed.Dispose();
    }

    private void EndGrace()
    {
        lock (_lock)
        {
            // Disposed: the timer's last call came too late.
            if (_grace is not null)
                Kill();
        }
    }

    private void Kill()
    {
        if (!child.Exited.IsCompleted)
            HasKilled = true;
        child.Kill();
        if (!_killed.IsCancellationRequested)
            // Callbacks of the token may take long; the thread of signals must stay free.
            _ = _killed.CancelAsync();
    }
}
