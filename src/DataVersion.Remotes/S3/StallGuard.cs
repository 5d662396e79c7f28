namespace DataVersion.Remotes.S3;

/// <summary>Gives a request up when nothing has moved for a while, however long the whole of it takes.</summary>
internal sealed class StallGuard : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _registration;
    private readonly CancellationToken _outer;

    public StallGuard(TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _timeout = timeout;
        _outer = cancellationToken;
        _source = new CancellationTokenSource(timeout, clock);
        _registration = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <summary>Cancelled by the caller's token, or when nothing has moved for too long.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>True where the time was up; false where the caller cancelled.</summary>
    public bool IsStalled => _source.IsCancellationRequested && !_outer.IsCancellationRequested;

    /// <summary>Something has moved.</summary>
    public void Moved() => _source.CancelAfter(_timeout);

    public void Dispose()
    {
        _registration.Dispose();
        _source.Dispose();
    }
}
