namespace DataVersion.Storage;

/// <summary>
/// A read that, where the connection breaks, goes on from the byte where it stopped. The blob may have been replaced meanwhile:
/// whoever reads objects checks their hash anyway.
/// </summary>
internal sealed class ResumingStream(Stream first, Func<long, CancellationToken, Task<Stream>> reopen, Retry retry) : ForwardStream
{
    private readonly long _start = retry.Now();

    // Null between a failure and the next try: nothing is held while waiting.
    private Stream? _stream = first;
    private long _done;
    private int _failures;

    public override int Read(Span<byte> buffer)
    {
        var bytes = new byte[buffer.Length];
        int count = ReadAsync(bytes, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        bytes.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                _stream ??= await reopen(_done, cancellationToken);
                int count = await _stream.ReadAsync(buffer, cancellationToken);
                _done += count;
                // Every piece that arrives earns new tries: a long transfer may survive many breaks.
                _failures = 0;
                return count;
            }
            catch (RemoteException e) when (retry.ShouldRetry(e, _failures, _start))
            {
                await CloseAsync();
                await retry.WaitAsync(e, _failures++, cancellationToken);
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Interlocked.Exchange(ref _stream, null)?.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask CloseAsync()
    {
        if (Interlocked.Exchange(ref _stream, null) is { } stream)
            await stream.DisposeAsync();
    }
}
