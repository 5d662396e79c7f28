using DataVersion.Storage;

namespace DataVersion.Remotes.Gcs;

/// <summary>How an answer is read.</summary>
/// <param name="Checksum">The CRC-32C that all of it must have; null where there is nothing to compare.</param>
/// <param name="Length">How many bytes are wanted; the rest is not read.</param>
internal sealed record ReadPlan(string? Checksum, long Length = long.MaxValue);

/// <summary>
/// The bytes of an answer. Where a checksum is known, the last piece is handed out only if all of them agree; a small blob comes in one
/// piece where the buffer holds it, so that it is never seen wrong. <paramref name="fail"/> makes the error (null: for bytes that disagree).
/// </summary>
internal sealed class GcsReadStream(HttpResponseMessage answer, Stream body, ReadPlan plan, TimeSpan idleLimit, Func<Exception?, RemoteException?> fail) : ForwardStream
{
    private const long Small = 64 * 1024;

    private readonly long? _whole = answer.Content.Headers.ContentLength;
    private long _position;
    private uint _checksum = Crc32C.Empty;

    public override int Read(Span<byte> buffer)
    {
        var bytes = new byte[buffer.Length];
        int count = ReadAsync(bytes).AsTask().GetAwaiter().GetResult();
        bytes.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, plan.Length - _position)];
        if (buffer.IsEmpty)
            return 0;
        int count = await ReadBodyAsync(buffer, cancellationToken);
        if (plan.Checksum is not null)
            Check(buffer.Span[..count]);
        _position += count;
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

    private async ValueTask<int> ReadBodyAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var idle = new IdleLimit(idleLimit, cancellationToken);
        try
        {
            return plan.Checksum is not null && _whole <= Small
                ? await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, idle.Token)
                : await body.ReadAsync(buffer, idle.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && fail(e) is { } error)
        {
            throw error;
        }
    }

    private void Check(ReadOnlySpan<byte> piece)
    {
        _checksum = Crc32C.Append(_checksum, piece);
        bool complete = piece.IsEmpty || _position + piece.Length == _whole;
        if (!complete || Crc32C.ToText(_checksum) == plan.Checksum)
            return;
        RemoteException error = fail(null)!;
        // A read that is resumed where it stopped cannot mend what was handed out before.
        throw _position == 0 ? error : new RemoteException(error.Remote, "its bytes changed on the way (CRC32C)", error.Hint);
    }
}
