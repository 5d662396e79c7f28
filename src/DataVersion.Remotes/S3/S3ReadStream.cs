using DataVersion.Remotes.Http;
using DataVersion.Storage;

namespace DataVersion.Remotes.S3;

/// <summary>The body of a GET, as it comes from the network. Disposed of early, it closes the connection rather than read on.</summary>
internal sealed class S3ReadStream(Stream inner, S3Options options, string name, TimeProvider clock) : ForwardStream
{
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return inner.Read(buffer);
        }
        catch (Exception e) when (Failure(e) is { } failure)
        {
            throw failure;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Most reads find bytes that have arrived already: they need no guard.
        ValueTask<int> read;
        StallGuard guard = new(options.StallTimeout, clock, cancellationToken);
        try
        {
            read = inner.ReadAsync(buffer, guard.Token);
        }
        catch
        {
            guard.Dispose();
            throw;
        }
        if (!read.IsCompletedSuccessfully)
            return WaitAsync(read, guard);
        guard.Dispose();
        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> WaitAsync(ValueTask<int> read, StallGuard guard)
    {
        using (guard)
        {
            try
            {
                return await read;
            }
            catch (OperationCanceledException e) when (guard.IsStalled)
            {
                throw S3BlobStore.Stalled(options, Doing, e);
            }
            catch (Exception e) when (Failure(e) is { } failure)
            {
                throw failure;
            }
        }
    }

    private string Doing => $"read '{name}'";

    private RemoteException? Failure(Exception e) => e is OperationCanceledException ? null : HttpFailure.FromException(options.Location, Doing, e);
}
