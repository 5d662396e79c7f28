using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using DataVersion.Storage;

namespace DataVersion.Remotes.S3;

/// <summary>
/// What a request carries, with what lets the server check it: a CRC-64, a SHA-256 or both, taken in one pass before the request goes out,
/// since they are sent in its head. Small contents are kept from that pass; large ones are read again while they are sent. Where all that is needed is known, there is no such pass.
/// </summary>
internal sealed class S3Payload
{
    private const int MaxKept = 64 * 1024;
    private const int BufferSize = 512 * 1024;
    private readonly IContent _content;
    private readonly StallGuard _guard;
    private byte[]? _kept;

    private S3Payload(IContent content, StallGuard guard)
    {
        _content = content;
        _guard = guard;
    }

    /// <summary>SHA-256 in lower-case hex; null where the signature does not cover the body.</summary>
    public string? Sha256 { get; private set; }

    /// <summary>CRC-64/NVME as its header has it; null where the server has no use for it.</summary>
    public string? Crc64 { get; private set; }

    /// <summary>What went wrong with the content itself while it was sent.</summary>
    public Exception? Failure { get; private set; }

    /// <exception cref="FileChangedException">The content is shorter or longer than it says.</exception>
    /// <exception cref="FileAccessException">It cannot be read.</exception>
    public static async Task<S3Payload> PrepareAsync(IContent content, S3Options options, StallGuard guard)
    {
        var payload = new S3Payload(content, guard) { Sha256 = options.SignPayloads ? content.Sha256 : null };
        bool hashes = options.SignPayloads && payload.Sha256 is null;
        if (content.Length > MaxKept && !hashes && !options.Checksums)
            return payload;
        var crc = default(Crc64Nvme);
        using IncrementalHash? sha = hashes ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        byte[]? kept = content.Length <= MaxKept ? new byte[content.Length] : null;
        long done = 0;
        await payload.ReadAsync(piece =>
        {
            if (kept is not null)
                piece.Span.CopyTo(kept.AsSpan((int)done));
            done += piece.Length;
            if (options.Checksums)
                crc.Append(piece.Span);
            sha?.AppendData(piece.Span);
            return ValueTask.CompletedTask;
        });
        payload._kept = kept;
        if (sha is not null)
            payload.Sha256 = Convert.ToHexStringLower(sha.GetHashAndReset());
        payload.Crc64 = options.Checksums ? crc.Base64 : null;
        return payload;
    }

    /// <summary>The body of a request; a new one for each.</summary>
    public HttpContent Open() => _kept is null ? new Streamed(this) : new ByteArrayContent(_kept);

    // Nothing is passed on before it is known to lie within the promised length, and the last piece not before the end is seen: a server
    // that has all bytes of the promised length stores them.
    private async Task ReadAsync(Func<ReadOnlyMemory<byte>, ValueTask> write)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(_content.Length + 1, BufferSize));
        try
        {
            await using Stream source = OpenContent();
            long done = 0;
            int filled = 0;
            while (true)
            {
                int count = await ReadContentAsync(source, buffer.AsMemory(filled));
                filled += count;
                if (done + filled > _content.Length || (count == 0 && done + filled < _content.Length))
                    throw new FileChangedException(Name);
                if (count > 0 && filled < buffer.Length)
                    continue;
                // A full buffer keeps its last byte back while more may come.
                int ready = count == 0 ? filled : filled - 1;
                if (ready > 0)
                    await write(buffer.AsMemory(0, ready));
                _guard.Moved();
                if (count == 0)
                    return;
                done += ready;
                buffer[0] = buffer[ready];
                filled = 1;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private string Name => _content.ToString() ?? "content";

    private Stream OpenContent()
    {
        try
        {
            return _content.OpenRead();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileAccessException(Name, e.Message, null, e);
        }
    }

    private async ValueTask<int> ReadContentAsync(Stream source, Memory<byte> buffer)
    {
        try
        {
            return await source.ReadAsync(buffer, _guard.Token);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileAccessException(Name, e.Message, null, e);
        }
    }

    private sealed class Streamed(S3Payload payload) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            try
            {
                await payload.ReadAsync(piece => stream.WriteAsync(piece, cancellationToken));
            }
            catch (Exception e) when (e is DataVersionException)
            {
                payload.Failure = e;
                throw;
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = payload._content.Length;
            return true;
        }
    }
}
