using System.Buffers;
using DataVersion.Platform;

namespace DataVersion.Storage;

/// <summary>Copies content into a store, whole or not at all.</summary>
internal static class ContentCopy
{
    private const int BufferSize = 1024 * 1024;

    /// <summary>
    /// Hands all of <paramref name="content"/> to <paramref name="write"/>. The content must yield exactly its length: what a store
    /// then makes visible is what was promised.
    /// </summary>
    /// <exception cref="FileChangedException">The content is shorter or longer than it said.</exception>
    /// <exception cref="FileAccessException">The content cannot be read.</exception>
    public static async Task RunAsync(IContent content, Func<ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(content.Length + 1, 1024, BufferSize));
        try
        {
            await using Stream source = content.OpenRead();
            long done = 0;
            while (await ReadAsync(content, source, buffer, cancellationToken) is int count and > 0)
            {
                done += count;
                if (done > content.Length)
                    break;
                await write(buffer.AsMemory(0, count));
            }
            if (done != content.Length)
                throw new FileChangedException(content.ToString() ?? "content");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<int> ReadAsync(IContent content, Stream source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(content.ToString() ?? "content", e);
        }
    }
}
