using System.Collections.Concurrent;
using DataVersion.Caching;
using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>
/// Trees, block lists and links' targets of versions that are looked at and not fetched. They come from the cache, else from a remote, and are then kept in
/// the cache; where that cannot be written to, in memory. May be used by several threads.
/// </summary>
internal sealed class SmallObjects(LocalCache cache) : IAsyncDisposable
{
    // From here on what came is published, and need not be held.
    private const long MostHeld = 32L * 1024 * 1024;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly ConcurrentDictionary<ObjectKey, byte[]> _held = new();
    private CacheBatch? _batch;
    private bool _cannotKeep;
    private long _heldBytes;

    /// <summary>Reads trees for one walk through a dataset; asks no remote.</summary>
    public TreeReader LocalTrees => new(async (id, token) => _held.TryGetValue(ObjectKey.Tree(id), out byte[]? held)
        ? held
        : await cache.ReadSmallAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, token))
    {
        Budget = new TreeBudget(),
    };

    /// <summary>Reads trees for one walk through a dataset.</summary>
    /// <param name="remote">Opens what has those that the cache lacks.</param>
    public TreeReader Trees(Func<CancellationToken, Task<ObjectStore>> remote) =>
        new((id, token) => ReadAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, remote, token)) { Budget = new TreeBudget() };

    /// <summary>The checked bytes of an object.</summary>
    /// <param name="key">The object.</param>
    /// <param name="maxBytes">The most bytes that it may have.</param>
    /// <param name="remote">Opens what has it where the cache does not.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ObjectMissingException">It is neither here nor there.</exception>
    /// <exception cref="ObjectCorruptException">It has other bytes, or more.</exception>
    public async Task<byte[]> ReadAsync(ObjectKey key, int maxBytes, Func<CancellationToken, Task<ObjectStore>> remote, CancellationToken cancellationToken)
    {
        if (_held.TryGetValue(key, out byte[]? held))
            return held;
        (byte[] bytes, bool isNew) = await new SmallObjectReader(cache, remote).ReadOnceAsync(key, maxBytes, cancellationToken);
        if (isNew)
            await KeepAsync(key, bytes, cancellationToken);
        return bytes;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_batch is { } batch)
        {
            if (!_cannotKeep)
                await PublishAsync(batch, CancellationToken.None);
            await batch.DisposeAsync();
        }
        _gate.Dispose();
    }

    private async Task KeepAsync(ObjectKey key, byte[] bytes, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _held[key] = bytes;
            if (_cannotKeep)
                return;
            _batch ??= cache.BeginBatch(cancellationToken);
            await _batch.PutAsync(key, bytes, cancellationToken);
            _heldBytes += bytes.Length;
            if (_heldBytes > MostHeld)
                await PublishAsync(_batch, cancellationToken);
        }
        catch (FileAccessException)
        {
            // Read-only, or full: what is only looked at need not be stored.
            _cannotKeep = true;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task PublishAsync(CacheBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            await batch.CommitAsync(cancellationToken);
            _held.Clear();
            _heldBytes = 0;
        }
        catch (FileAccessException)
        {
            _cannotKeep = true;
        }
    }
}
