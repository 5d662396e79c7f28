namespace DataVersion.Remotes.S3;

/// <summary>Keys that end and are fetched anew some minutes before.</summary>
internal sealed class RenewedKeys(string description, Func<CancellationToken, Task<S3Keys>> fetch, TimeProvider clock) : KeySource, IDisposable
{
    // Keys as young as this have not ended: a server that refuses them means something else.
    private static readonly TimeSpan Young = TimeSpan.FromMinutes(1);
    // Enough for a request that is under way, and for clocks that differ.
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(5);
    private readonly SemaphoreSlim _fetching = new(1);
    private volatile S3Keys? _keys;
    private long _fetched;

    public override string Description => description;

    public override ValueTask<S3Keys?> GetAsync(CancellationToken cancellationToken) =>
        _keys is { } keys && !Ends(keys, Early) ? new(keys) : new(FetchAsync(cancellationToken));

    public override bool Forget(S3Keys keys)
    {
        if (ReferenceEquals(_keys, keys) && clock.GetElapsedTime(Interlocked.Read(ref _fetched)) < Young)
            return false;
        // Another request may have fetched new ones already.
        Interlocked.CompareExchange(ref _keys, null, keys);
        return true;
    }

    public void Dispose() => _fetching.Dispose();

    private async Task<S3Keys?> FetchAsync(CancellationToken cancellationToken)
    {
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            if (_keys is { } fresh && !Ends(fresh, Early))
                return fresh;
            S3Keys keys = await fetch(cancellationToken);
            Interlocked.Exchange(ref _fetched, clock.GetTimestamp());
            return _keys = keys;
        }
        catch (RemoteException) when (_keys is { } old && !Ends(old, TimeSpan.Zero))
        {
            // They are good for a while yet; the next request tries again.
            return old;
        }
        finally
        {
            _fetching.Release();
        }
    }

    private bool Ends(S3Keys keys, TimeSpan within) => keys.Expires - within <= clock.GetUtcNow();
}
