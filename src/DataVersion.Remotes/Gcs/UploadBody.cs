using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;
using DataVersion.Storage;

namespace DataVersion.Remotes.Gcs;

/// <summary>The body of a request: some bytes, content from an offset on, some bytes.</summary>
internal sealed class UploadBody : HttpContent
{
    private readonly ReadOnlyMemory<byte> _head;
    private readonly IContent _content;
    private readonly long _offset;
    private readonly ReadOnlyMemory<byte> _tail;
    private ExceptionDispatchInfo? _failure;

    public UploadBody(IContent content, string type, long offset = 0, ReadOnlyMemory<byte> head = default, ReadOnlyMemory<byte> tail = default)
    {
        _content = content;
        _offset = offset;
        _head = head;
        _tail = tail;
        Headers.ContentType = MediaTypeHeaderValue.Parse(type);
    }

    /// <summary>Called whenever bytes have gone out.</summary>
    public Action? Moved { get; set; }

    /// <summary>Throws what the content threw: HTTP clients wrap it.</summary>
    public void ThrowIfContentFailed() => _failure?.Throw();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_head, cancellationToken);
        bool sending = false;
        try
        {
            await ContentReader.ReadAsync(_content, _offset, async piece =>
            {
                sending = true;
                await stream.WriteAsync(piece, cancellationToken);
                Moved?.Invoke();
                sending = false;
            }, cancellationToken);
        }
        catch (Exception e) when (!sending && e is not OperationCanceledException)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
        await stream.WriteAsync(_tail, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _head.Length + _content.Length - _offset + _tail.Length;
        return true;
    }
}
