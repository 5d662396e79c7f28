namespace DataVersion.Remotes.Gcs;

/// <summary>Cancels a request in which nothing has moved for too long; every move begins the time anew.</summary>
internal sealed class IdleLimit : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _outer;
    private readonly TimeSpan _limit;

    public IdleLimit(TimeSpan limit, CancellationToken outer)
    {
        _limit = limit;
        _outer = outer;
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        Moved();
    }

    public CancellationToken Token => _source.Token;

    /// <summary>True where it was this limit, not the caller, that cancelled.</summary>
    public bool IsOver => _source.IsCancellationRequested && !_outer.IsCancellationRequested;

    public void Moved() => _source.CancelAfter(_limit);

    public void Dispose() => _source.Dispose();
}
