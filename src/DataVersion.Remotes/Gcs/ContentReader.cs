using System.Buffers;
using DataVersion.Storage;

namespace DataVersion.Remotes.Gcs;

/// <summary>Reads content that is to be sent. It must yield exactly its length; its own errors pass as they are.</summary>
internal static class ContentReader
{
    private const int BufferSize = 256 * 1024;
    // Below this, content is read once and kept; above, it is read for its checksum and again to be sent.
    private const int MaxHeld = 1024 * 1024;

    /// <summary>The content, held in memory where it is small, and the CRC-32C of what <paramref name="checksum"/> stands for, followed by it.</summary>
    /// <exception cref="FileChangedException">It is shorter or longer than it said.</exception>
    /// <exception cref="FileAccessException">It cannot be read.</exception>
    public static async Task<(IContent Content, uint Checksum)> PrepareAsync(
        IContent content, CancellationToken cancellationToken, uint checksum = Crc32C.Empty)
    {
        cancellationToken.ThrowIfCancellationRequested();
        byte[]? held = content.Length <= MaxHeld ? new byte[content.Length] : null;
        int position = 0;
        await ReadAsync(content, 0, piece =>
        {
            checksum = Crc32C.Append(checksum, piece.Span);
            if (held is not null)
            {
                piece.CopyTo(held.AsMemory(position));
                position += piece.Length;
            }
            return ValueTask.CompletedTask;
        }, cancellationToken);
        return (held is null ? content : new BytesContent(held), checksum);
    }

    /// <summary>Hands the content from an offset on, piece by piece; the last piece only once it is known to be the last.</summary>
    /// <exception cref="FileChangedException">It is shorter or longer than it said.</exception>
    /// <exception cref="FileAccessException">It cannot be read.</exception>
    public static async Task ReadAsync(IContent content, long offset, Func<ReadOnlyMemory<byte>, ValueTask> use, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using Stream source = Open(content, offset);
            long left = content.Length - offset;
            while (left > 0)
            {
                int count = await FillAsync(content, source, buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken);
                left -= count;
                if (count == 0 || (left == 0 && await HasMoreAsync(content, source, cancellationToken)))
                    throw new FileChangedException(content.ToString() ?? "content");
                await use(buffer.AsMemory(0, count));
            }
            if (content.Length == offset && await HasMoreAsync(content, source, cancellationToken))
                throw new FileChangedException(content.ToString() ?? "content");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<bool> HasMoreAsync(IContent content, Stream source, CancellationToken cancellationToken) =>
        await FillAsync(content, source, new byte[1], cancellationToken) > 0;

    private static Stream Open(IContent content, long offset)
    {
        try
        {
            return content.OpenRead(offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileAccessException(content.ToString() ?? "content", e.Message, null, e);
        }
    }

    private static async ValueTask<int> FillAsync(IContent content, Stream source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileAccessException(content.ToString() ?? "content", e.Message, null, e);
        }
    }
}
