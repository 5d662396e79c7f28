using DataVersion.Storage;

namespace DataVersion.Remotes.Http;

/// <summary>The body of an answer, or a part of it. A body that ends before it should is an error, not an end.</summary>
internal sealed class HttpBlobStream(HttpResponseMessage answer, Stream body, string remote, string name) : ForwardStream
{
    // A server that sends nothing for so long has gone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);
    private const int SkipSize = 64 * 1024;

    private long _skipped;
    private long _read;

    /// <summary>Bytes that are dropped first.</summary>
    public long Skip { get; init; }

    /// <summary>Bytes that are given at most.</summary>
    public long Take { get; init; } = long.MaxValue;

    /// <summary>True where exactly <see cref="Take"/> bytes must come.</summary>
    public bool IsExact { get; init; }

    public override int Read(Span<byte> buffer)
    {
        var bytes = new byte[buffer.Length];
        int count = ReadAsync(bytes, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        bytes.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_skipped < Skip && !await SkipAsync(cancellationToken))
            return 0;
        int wanted = (int)Math.Min(buffer.Length, Take - _read);
        if (wanted == 0)
            return 0;
        int count = await ReadBodyAsync(buffer[..wanted], cancellationToken);
        if (count == 0 && IsExact)
            throw EndedEarly();
        _read += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            body.Dispose();
            answer.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>False where the blob ends before the part begins.</summary>
    private async Task<bool> SkipAsync(CancellationToken cancellationToken)
    {
        var dropped = new byte[SkipSize];
        while (_skipped < Skip)
        {
            int count = await ReadBodyAsync(dropped.AsMemory(0, (int)Math.Min(SkipSize, Skip - _skipped)), cancellationToken);
            if (count == 0)
                return IsExact ? throw EndedEarly() : false;
            _skipped += count;
        }
        return true;
    }

    private async Task<int> ReadBodyAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            return await body.ReadAsync(buffer, limit.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && HttpFailure.FromException(remote, $"read '{name}' to its end", e) is { } error)
        {
            throw error;
        }
    }

    private RemoteException EndedEarly() => new(remote, $"cannot read '{name}': the answer ended early") { IsTransient = true };
}
