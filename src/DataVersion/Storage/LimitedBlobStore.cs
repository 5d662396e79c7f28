using System.Runtime.CompilerServices;

namespace DataVersion.Storage;

/// <summary>
/// At most so many requests to a store at once. The stream of a read counts until it is disposed of, so nobody may wait for
/// another request of the same store while holding more streams than there are connections.
/// Put retries outside: <c>new RetryingBlobStore(new LimitedBlobStore(store))</c>, so that nothing waits while it holds a connection.
/// </summary>
public sealed class LimitedBlobStore(IBlobStore inner, int? connections = null) : IBlobStore, IDisposable
{
    private readonly SemaphoreSlim _slots = new(connections ?? inner.Traits.Connections);

    /// <inheritdoc/>
    public BlobStoreTraits Traits { get; } = inner.Traits with { Connections = connections ?? inner.Traits.Connections };

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public string? Access => inner.Access;

    /// <inheritdoc/>
    public Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken) =>
        RunAsync(() => inner.StatAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            return new HeldStream(await inner.OpenReadAsync(name, range, cancellationToken), _slots);
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken) =>
        RunAsync(() => inner.WriteAsync(name, content, mode, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<BlobInfo> blobs = inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        // A connection is held for each step only: the consumer may well ask for what it just learnt of.
        while (await RunAsync(() => blobs.MoveNextAsync().AsTask(), cancellationToken))
            yield return blobs.Current;
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken) =>
        RunAsync(() => inner.DeleteAsync(name, versionToken, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private async Task<T> RunAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            return await request();
        }
        finally
        {
            _slots.Release();
        }
    }

    private sealed class HeldStream(Stream inner, SemaphoreSlim slots) : ForwardStream
    {
        private int _released;

        public override int Read(Span<byte> buffer) => inner.Read(buffer);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
            GC.SuppressFinalize(this);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                Release();
            }
            base.Dispose(disposing);
        }

        private void Release()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
                slots.Release();
        }
    }
}
