namespace DataVersion.Storage;

/// <summary>Tries again what failed for a passing reason, after a wait with full jitter, so that many clients do not come back at once.</summary>
internal sealed class Retry(RetryOptions options, TimeProvider clock, Random random, Action<RemoteException>? onRetry)
{
    public async Task<T> RunAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        for (int failures = 0; ; failures++)
        {
            try
            {
                return await request();
            }
            catch (RemoteException e) when (ShouldRetry(e, failures, start))
            {
                await WaitAsync(e, failures, cancellationToken);
            }
        }
    }

    /// <summary>Now, for <see cref="ShouldRetry"/>.</summary>
    public long Now() => clock.GetTimestamp();

    /// <summary>Whether there is another try after <paramref name="earlierFailures"/> failures and this one.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="earlierFailures">Failures before this one.</param>
    /// <param name="start">When the first try began, from <see cref="Now"/>.</param>
    public bool ShouldRetry(RemoteException error, int earlierFailures, long start) =>
        error.IsTransient && earlierFailures + 1 < options.Attempts && !(error.RetryAfter > options.MaxRequestedDelay)
        && clock.GetElapsedTime(start) < options.Deadline;

    public Task WaitAsync(RemoteException error, int earlierFailures, CancellationToken cancellationToken)
    {
        onRetry?.Invoke(error);
        double longest = Math.Min(options.MaxDelay.TotalMilliseconds, options.BaseDelay.TotalMilliseconds * Math.Pow(2, earlierFailures));
        double share;
        lock (random)
            share = random.NextDouble();
        TimeSpan jitter = TimeSpan.FromMilliseconds(longest * share);
        return Task.Delay((error.RetryAfter ?? TimeSpan.Zero) + jitter, clock, cancellationToken);
    }
}
