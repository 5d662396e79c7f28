using System.Runtime.InteropServices;

namespace DataVersion.Serving.Http;

/// <summary>
/// Ends the server on SIGTERM, SIGINT and SIGQUIT: it is not ready at once, listens a moment longer, so that balancers see that, then takes no more
/// connections and answers what has begun. A second signal ends the wait.
/// </summary>
internal sealed class ServingLifetime(
    ServingSettings settings, ServingHost host, DrainState drain, IHostApplicationLifetime lifetime, ServingLog log) : IHostLifetime, IDisposable
{
    private static readonly TimeSpan LongestNotice = TimeSpan.FromSeconds(1);

    private readonly List<PosixSignalRegistration> _signals = [];

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        if (!host.HandlesSignals)
            return Task.CompletedTask;
        foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _ = DrainAsync(context.Signal.ToString());
            }));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Begins to end; returns when no more connections are taken.</summary>
    internal async Task DrainAsync(string reason)
    {
        if (drain.TryBegin())
        {
            log.Info("draining", ("reason", reason));
            TimeSpan notice = settings.DrainPeriod / 4;
            await Task.Delay(notice < LongestNotice ? notice : LongestNotice, host.Clock);
        }
        lifetime.StopApplication();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
    }
}
