namespace DataVersion.Storage;

/// <summary>Lets one thing be done at a time, in the order in which they came.</summary>
internal sealed class Turns
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;

    /// <summary>Does something when all that came before has ended, however it ended.</summary>
    /// <param name="work">What to do; it must end when it is cancelled.</param>
    /// <param name="cancellationToken">Gives up waiting; the work is not begun then.</param>
    public Task<T> TakeAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Task<T> mine = AfterAsync(_last, work, cancellationToken);
            _last = mine;
            return mine;
        }
    }

    private static async Task<T> AfterAsync<T>(Task before, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        // Also where this one is given up: whoever comes after it waits for what was before it.
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        cancellationToken.ThrowIfCancellationRequested();
        return await work();
    }
}
