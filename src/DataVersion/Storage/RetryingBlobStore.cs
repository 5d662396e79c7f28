using System.Runtime.CompilerServices;

namespace DataVersion.Storage;

/// <summary>
/// Repeats requests that failed with a transient <see cref="RemoteException"/>; a read that breaks off goes on where it stopped.
/// A repeated request may find its own first try done: <see cref="WriteOutcome.AlreadyThere"/> and a false from a delete then say
/// what is there, not who did it.
/// </summary>
public sealed class RetryingBlobStore(
    IBlobStore inner, RetryOptions options, TimeProvider clock, Random random, Action<RemoteException>? onRetry = null) : IBlobStore
{
    private readonly Retry _retry = new(options, clock, random, onRetry);

    /// <inheritdoc/>
    public BlobStoreTraits Traits => inner.Traits;

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public string? Access => inner.Access;

    /// <inheritdoc/>
    public IPartUploads? Parts => inner.Parts is { } parts ? new RetryingPartUploads(parts, _retry) : null;

    /// <inheritdoc/>
    public Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken) =>
        _retry.RunAsync(() => inner.StatAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
    {
        Stream first = await _retry.RunAsync(() => inner.OpenReadAsync(name, range, cancellationToken), cancellationToken);
        return new ResumingStream(first, (done, token) => inner.OpenReadAsync(name, Rest(range, done), token), _retry);
    }

    /// <inheritdoc/>
    public Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken) =>
        _retry.RunAsync(() => inner.WriteAsync(name, content, mode, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? last = null;
        int failures = 0;
        long start = _retry.Now();
        IAsyncEnumerator<BlobInfo> blobs = inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (true)
            {
                RemoteException? failure = null;
                try
                {
                    if (!await blobs.MoveNextAsync())
                        yield break;
                }
                catch (RemoteException e) when (_retry.ShouldRetry(e, failures, start))
                {
                    failure = e;
                }
                if (failure is not null)
                {
                    await blobs.DisposeAsync();
                    await _retry.WaitAsync(failure, failures++, cancellationToken);
                    blobs = inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
                    continue;
                }
                // After a restart: names come in order, so what was given already is what is not greater.
                if (last is not null && string.CompareOrdinal(blobs.Current.Name, last) <= 0)
                    continue;
                failures = 0;
                last = blobs.Current.Name;
                yield return blobs.Current;
            }
        }
        finally
        {
            await blobs.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken) =>
        _retry.RunAsync(() => inner.DeleteAsync(name, versionToken, cancellationToken), cancellationToken);

    private static ByteRange? Rest(ByteRange? range, long done) => (range, done) switch
    {
        (_, 0) => range,
        ({ } part, _) => new ByteRange(part.Offset + done, part.Length - done),
        _ => new ByteRange(done, long.MaxValue - done),
    };
}
