using System.Net;

namespace DataVersion.Tracking.Mlflow;

/// <summary>The body of an upload, read from a stream piece by piece: memory does not grow with the file.</summary>
internal sealed class MlflowUploadContent : HttpContent
{
    private const int PieceSize = 256 * 1024;

    private readonly Func<CancellationToken, Task<Stream>> _open;
    private readonly long _length;
    private readonly Action _moved;

    /// <param name="open">The bytes, from the start.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="moved">Called after each piece.</param>
    public MlflowUploadContent(Func<CancellationToken, Task<Stream>> open, long length, Action moved)
    {
        _open = open;
        _length = length;
        _moved = moved;
        Headers.ContentType = new("application/octet-stream");
    }

    /// <summary>The failure of our own side within what the HTTP client throws: it is no fault of the server, and trying again is no use.</summary>
    public static DataVersionException? OwnFailure(Exception? exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is DataVersionException ours)
                return ours;
        }
        return null;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await using Stream source = await OpenAsync(cancellationToken);
        var piece = new byte[(int)Math.Min(PieceSize, Math.Max(1, _length))];
        long left = _length;
        while (left > 0)
        {
            int read = await ReadAsync(source, piece.AsMemory(0, (int)Math.Min(piece.Length, left)), cancellationToken);
            await stream.WriteAsync(piece.AsMemory(0, read), cancellationToken);
            left -= read;
            _moved();
        }
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _open(cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileAccessException((e as FileNotFoundException)?.FileName ?? "the artifact", $"cannot be read: {e.Message}", null, e);
        }
    }

    private static async Task<int> ReadAsync(Stream source, Memory<byte> piece, CancellationToken cancellationToken)
    {
        int read;
        try
        {
            read = await source.ReadAsync(piece, cancellationToken);
        }
        catch (IOException e)
        {
            // Not to be taken for a broken connection.
            throw new FileAccessException(NameOf(source), $"cannot be read: {e.Message}", null, e);
        }
        return read > 0 ? read : throw new FileChangedException(NameOf(source));
    }

    private static string NameOf(Stream source) => source is FileStream file ? file.Name : "the artifact";

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }
}
