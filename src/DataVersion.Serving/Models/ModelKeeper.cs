namespace DataVersion.Serving.Models;

/// <summary>How a reload that was asked for ended.</summary>
internal enum ReloadOutcome
{
    Done,
    Failed,

    /// <summary>Another one is under way.</summary>
    Busy,
}

/// <summary>Keeps the model that answers the one that its name means: loads it, tries again while that fails, follows promotions.</summary>
internal sealed class ModelKeeper(ServingSettings settings, ServingHost host, ModelHolder holder, ServingLog log) : IDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestDelayBesideAModel = TimeSpan.FromMinutes(5);

    private readonly ModelResolver _resolver = new(settings, host);
    private readonly ModelLoader _loader = new(settings, host);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private long _loads;
    private long _failures;

    /// <summary>Models loaded, and attempts that failed, so far.</summary>
    internal (long Loads, long Failures) Counts => (Interlocked.Read(ref _loads), Interlocked.Read(ref _failures));

    /// <summary>Loads, then polls, until it is cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        int failures = 0;
        try
        {
            while (true)
            {
                bool loaded = holder.Current is not null;
                if (loaded && settings.PollInterval is null)
                    return;
                await _gate.WaitAsync(cancellationToken);
                try
                {
                    await FollowAsync(cancellationToken);
                    failures = 0;
                }
                catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    failures++;
                    Interlocked.Increment(ref _failures);
                }
                finally
                {
                    _gate.Release();
                }
                await Task.Delay(DelayAfter(failures), host.Clock, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    /// <summary>Loads what the URI means now beside the model that answers, and puts it in its place. On failure that one stays.</summary>
    internal async Task<(ReloadOutcome Outcome, string? Problem)> ReloadAsync(CancellationToken cancellationToken)
    {
        if (!await _gate.WaitAsync(0, cancellationToken))
            return (ReloadOutcome.Busy, null);
        try
        {
            await LoadAsync(await _resolver.ResolveAsync(cancellationToken), cancellationToken);
            return (ReloadOutcome.Done, null);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Interlocked.Increment(ref _failures);
            Report(e);
            return (ReloadOutcome.Failed, Problem(e));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _resolver.Dispose();
        _gate.Dispose();
        holder.Swap(null);
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        try
        {
            ResolvedModel resolved = await _resolver.ResolveAsync(cancellationToken);
            if (holder.Current?.Resolved.Identity != resolved.Identity)
                await LoadAsync(resolved, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Report(e);
            throw;
        }
    }

    private async Task LoadAsync(ResolvedModel resolved, CancellationToken cancellationToken)
    {
        long start = host.Clock.GetTimestamp();
        LoadedModel model = await _loader.LoadAsync(resolved, cancellationToken);
        string? before = holder.Current?.Sha256;
        holder.Swap(model);
        Interlocked.Increment(ref _loads);
        log.Info("model-loaded", ("name", resolved.Name), ("version", resolved.Version), ("sha256", model.Sha256), ("from", resolved.Location), ("before", before),
            ("seconds", host.Clock.GetElapsedTime(start).TotalSeconds.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture)));
    }

    private void Report(Exception error) =>
        log.Warn(holder.Current is null ? "model-not-loaded" : "model-kept", ("problem", Problem(error)), ("hint", (error as DataVersionException)?.Hint));

    private static string Problem(Exception error) => error is DataVersionException ? error.Message : $"{error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}";

    // Full jitter: many replicas must not come back at once.
    private TimeSpan DelayAfter(int failures)
    {
        TimeSpan poll = settings.PollInterval ?? LongestDelay;
        if (failures == 0)
            return poll * (0.9 + (0.2 * Random.Shared.NextDouble()));
        TimeSpan first = holder.Current is null ? FirstDelay : poll;
        TimeSpan longest = holder.Current is null ? LongestDelay : LongestDelayBesideAModel;
        double most = Math.Min(Math.Max(longest.TotalSeconds, first.TotalSeconds), first.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 20)));
        return TimeSpan.FromSeconds(most * (0.5 + (0.5 * Random.Shared.NextDouble())));
    }
}
