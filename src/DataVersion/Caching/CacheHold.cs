using DataVersion.Platform;

namespace DataVersion.Caching;

/// <summary>The locks that keep collectors away from the folders of a cache; none of a folder that has none.</summary>
internal sealed class CacheHold : IDisposable
{
    private readonly List<FileLock> _locks = [];

    public void Add(FileLock? held)
    {
        if (held is not null)
            _locks.Add(held);
    }

    public void Dispose()
    {
        foreach (FileLock held in _locks)
            held.Dispose();
        _locks.Clear();
    }
}
