using System.Runtime.CompilerServices;

namespace DataVersion.Storage;

/// <summary>
/// At most so many requests to a store at once as its gate admits. The stream of a read counts until it is disposed of, so nobody may wait
/// for another request of the same store while holding more streams than there are connections.
/// Put retries outside: <c>new RetryingBlobStore(new LimitedBlobStore(store))</c>, so that nothing waits while it holds a connection.
/// </summary>
public sealed class LimitedBlobStore(IBlobStore inner, AdaptiveGate gate) : IBlobStore, IDisposable
{
    /// <summary>Limits a store to what it says of itself, or to <paramref name="connections"/>.</summary>
    public LimitedBlobStore(IBlobStore inner, int? connections = null)
        : this(inner, new AdaptiveGate(connections ?? inner.Traits.Connections, TimeProvider.System))
    {
    }

    /// <inheritdoc/>
    public BlobStoreTraits Traits { get; } = inner.Traits with { Connections = gate.Max };

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public string? Access => inner.Access;

    /// <inheritdoc/>
    public IPartUploads? Parts { get; } = inner.Parts is { } parts ? new LimitedPartUploads(parts, gate) : null;

    /// <inheritdoc/>
    public Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken) =>
        RunAsync(gate, () => inner.StatAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
    {
        await gate.EnterAsync(cancellationToken);
        try
        {
            return new HeldStream(await inner.OpenReadAsync(name, range, cancellationToken), gate);
        }
        catch (Exception e)
        {
            Failed(gate, e);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken) =>
        RunAsync(gate, () => inner.WriteAsync(name, content, mode, cancellationToken), cancellationToken, content.Length);

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<BlobInfo> blobs = inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        // A connection is held for each step only: the consumer may well ask for what it just learnt of.
        while (await RunAsync(gate, () => blobs.MoveNextAsync().AsTask(), cancellationToken))
            yield return blobs.Current;
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken) =>
        RunAsync(gate, () => inner.DeleteAsync(name, versionToken, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    internal static async Task<T> RunAsync<T>(AdaptiveGate gate, Func<Task<T>> request, CancellationToken cancellationToken, long bytes = 0)
    {
        await gate.EnterAsync(cancellationToken);
        T result;
        try
        {
            result = await request();
        }
        catch (Exception e)
        {
            Failed(gate, e);
            throw;
        }
        if (bytes > 0)
            gate.AddBytes(bytes);
        gate.Leave();
        return result;
    }

    private static void Failed(AdaptiveGate gate, Exception error)
    {
        if (error is RemoteException { IsThrottled: true })
            gate.SlowDown();
        gate.Leave();
    }

    private sealed class HeldStream(Stream inner, AdaptiveGate gate) : ForwardStream
    {
        private int _released;

        public override int Read(Span<byte> buffer) => Told(inner.Read(buffer));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Told(await inner.ReadAsync(buffer, cancellationToken));

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
                if (Interlocked.Exchange(ref _released, 1) == 0)
                    gate.Leave();
            }
            base.Dispose(disposing);
        }

        private int Told(int count)
        {
            if (count > 0)
                gate.AddBytes(count);
            return count;
        }
    }
}
