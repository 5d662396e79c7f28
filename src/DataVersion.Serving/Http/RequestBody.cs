using System.Buffers;
using System.IO.Pipelines;
using DataVersion.Serving.Predicting;

namespace DataVersion.Serving.Http;

/// <summary>A request's body in memory that is lent; never more of it than is allowed.</summary>
internal struct RequestBody : IDisposable
{
    private const int FirstRoom = 4096;

    private byte[]? _buffer;
    private int _length;

    internal readonly ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    /// <exception cref="PredictionProblem">It is too large.</exception>
    /// <exception cref="OperationCanceledException">It did not come in time, or the client is gone.</exception>
    internal static async ValueTask<RequestBody> ReadAsync(HttpRequest request, int most, RequestLimit limit)
    {
        if (request.ContentLength > most)
            throw TooLarge(most);
        PipeReader reader = request.BodyReader;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(request.ContentLength ?? FirstRoom, 1, most));
        int length = 0;
        try
        {
            while (true)
            {
                // Most bodies are here with their head.
                if (!reader.TryRead(out ReadResult result))
                    result = await reader.ReadAsync(limit.Token);
                ReadOnlySequence<byte> piece = result.Buffer;
                if (length + piece.Length > most)
                    throw TooLarge(most);
                if (length + piece.Length > buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(most, Math.Max(2L * buffer.Length, length + piece.Length)));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
                piece.CopyTo(buffer.AsSpan(length));
                length += (int)piece.Length;
                reader.AdvanceTo(piece.End);
                if (result.IsCompleted)
                    return new RequestBody { _buffer = buffer, _length = length };
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer is { } lent)
            ArrayPool<byte>.Shared.Return(lent);
        _buffer = null;
    }

    private static PredictionProblem TooLarge(int most) =>
        new(413, "The body is too large", FormattableString.Invariant($"A body may have {most} bytes."));
}
