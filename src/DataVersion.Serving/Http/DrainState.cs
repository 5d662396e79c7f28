namespace DataVersion.Serving.Http;

/// <summary>Whether the server is about to end. It answers on, and says that it is not ready.</summary>
internal sealed class DrainState
{
    private int _draining;

    internal bool IsDraining => Volatile.Read(ref _draining) != 0;

    /// <summary>True for the first to ask.</summary>
    internal bool TryBegin() => Interlocked.Exchange(ref _draining, 1) == 0;
}
