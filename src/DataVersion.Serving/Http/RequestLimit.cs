using System.Diagnostics;

namespace DataVersion.Serving.Http;

/// <summary>The time that a request has. A timer is started only where it has to wait for something.</summary>
internal sealed class RequestLimit(TimeSpan limit, CancellationToken aborted) : IDisposable
{
    private readonly TimeSpan _limit = limit;
    private CancellationTokenSource? _source;

    /// <summary>As a <see cref="Stopwatch"/> counts.</summary>
    internal long Deadline { get; } = Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Cancelled when the time is over, or the client is gone.</summary>
    internal CancellationToken Token
    {
        get
        {
            if (_source is null)
            {
                _source = CancellationTokenSource.CreateLinkedTokenSource(aborted);
                TimeSpan left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), Deadline);
                _source.CancelAfter(left < TimeSpan.Zero ? TimeSpan.Zero : left < _limit ? left : _limit);
            }
            return _source.Token;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _source?.Dispose();
}
