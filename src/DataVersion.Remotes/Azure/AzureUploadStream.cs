using DataVersion.Storage;

namespace DataVersion.Remotes.Azure;

/// <summary>
/// Content as the library wants it: of known length, and able to go back, since the checksum is made before the first byte is sent.
/// Content that is not as long as it said is found out before its last byte leaves.
/// </summary>
internal sealed class AzureUploadStream(IContent content) : SeekableStream
{
    // Content up to this size is read once and kept in memory meanwhile.
    private const int MaxInMemory = 256 * 1024;

    private readonly byte[] _probe = new byte[1];
    private Stream? _source;
    private long _position;

    /// <summary>What went wrong on this side; the library may hide it in an error of its own.</summary>
    public Exception? Failure { get; private set; }

    public override long Length => content.Length;

    public override long Position
    {
        get => _position;
        set
        {
            if (value != _position)
                CloseSource();
            _position = value;
        }
    }

    /// <summary>Opens content; small content is read here and now.</summary>
    /// <exception cref="FileChangedException">It is shorter or longer than it said.</exception>
    /// <exception cref="FileAccessException">It cannot be read.</exception>
    public static async Task<Stream> OpenAsync(IContent content, CancellationToken cancellationToken)
    {
        var stream = new AzureUploadStream(content);
        if (content.Length > MaxInMemory)
            return stream;
        await using (stream)
        {
            var bytes = new byte[content.Length];
            await stream.ReadExactlyAsync(bytes, cancellationToken);
            if (bytes.Length == 0)
                await stream.CheckEndAsync(cancellationToken);
            return new MemoryStream(bytes, writable: false);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        var bytes = new byte[buffer.Length];
        int count = ReadAsync(bytes, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        bytes.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int wanted = (int)Math.Min(buffer.Length, Length - _position);
        if (wanted == 0)
            return 0;
        int count = await ReadSourceAsync(buffer[..wanted], cancellationToken);
        if (count == 0)
            throw Fail(new FileChangedException(Name));
        if (_position + count == Length)
            await CheckEndAsync(cancellationToken);
        _position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            CloseSource();
        base.Dispose(disposing);
    }

    private string Name => content.ToString() ?? "content";

    private async Task CheckEndAsync(CancellationToken cancellationToken)
    {
        if (await ReadSourceAsync(_probe, cancellationToken) > 0)
            throw Fail(new FileChangedException(Name));
    }

    private async ValueTask<int> ReadSourceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            _source ??= content.OpenRead(_position);
            return await _source.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail(new FileAccessException(Name, e.Message, null, e));
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
    }

    private Exception Fail(Exception failure)
    {
        Failure = failure;
        return failure;
    }

    private void CloseSource()
    {
        _source?.Dispose();
        _source = null;
    }
}
