using System.Collections.Concurrent;

namespace DataVersion.Compression;

/// <summary>
/// Contexts of the codec, a few MiB each, that are used again: as many as work at once, and no more idle ones than there are processors,
/// however many threads come and go.
/// </summary>
internal sealed class ContextPool<T>(Func<T> create) where T : class, IDisposable
{
    private readonly ConcurrentQueue<T> _idle = new();

    public T Rent() => _idle.TryDequeue(out T? context) ? context : create();

    /// <summary>Only for a context whose last use ended as it should; any other is disposed of instead.</summary>
    public void Return(T context)
    {
        if (_idle.Count < Environment.ProcessorCount)
            _idle.Enqueue(context);
        else
            context.Dispose();
    }
}
