using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace DataVersion.Testing.Faults;

/// <summary>Takes HTTP/1.1 messages apart as they come from a socket; bodies are handed on in pieces as they arrive.</summary>
internal sealed class HttpReader(Socket from, CancellationToken token)
{
    private const int MaxHead = 64 * 1024;

    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _begin;
    private int _end;

    /// <summary>The next head; null where the other side has closed the connection instead.</summary>
    public async Task<HttpHead?> ReadHeadAsync()
    {
        while (true)
        {
            int length = _buffer.AsSpan(_begin, _end - _begin).IndexOf("\r\n\r\n"u8);
            if (length >= 0)
                return HttpHead.Parse(Take(length + 4).ToArray());
            if (_end - _begin > MaxHead)
                throw new IOException("a head without an end");
            if (!await FillAsync())
                return _end == _begin ? null : throw new EndOfStreamException("the connection ended within a head");
        }
    }

    /// <summary>Hands a body of known length on.</summary>
    public async Task ReadBodyAsync(long length, Func<ReadOnlyMemory<byte>, ValueTask> body)
    {
        while (length > 0)
        {
            if (_begin == _end && !await FillAsync())
                throw new EndOfStreamException("the connection ended within a body");
            ReadOnlyMemory<byte> piece = Take((int)Math.Min(length, _end - _begin));
            length -= piece.Length;
            await body(piece);
        }
    }

    /// <summary>Hands a chunked body on: its bytes to one, what frames them to another.</summary>
    public async Task ReadChunksAsync(Func<ReadOnlyMemory<byte>, ValueTask> body, Func<ReadOnlyMemory<byte>, ValueTask> frame)
    {
        while (true)
        {
            byte[] line = await ReadLineAsync();
            await frame(line);
            long size = long.Parse(Encoding.ASCII.GetString(line).Split(';')[0].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0)
                break;
            await ReadBodyAsync(size, body);
            await frame(await ReadLineAsync());
        }
        byte[] trailer;
        do
        {
            trailer = await ReadLineAsync();
            await frame(trailer);
        }
        while (trailer.Length > 2);
    }

    /// <summary>Hands everything on until the other side closes the connection.</summary>
    public async Task ReadToEndAsync(Func<ReadOnlyMemory<byte>, ValueTask> body)
    {
        while (_begin < _end || await FillAsync())
            await body(Take(_end - _begin));
    }

    private async Task<byte[]> ReadLineAsync()
    {
        while (true)
        {
            int length = _buffer.AsSpan(_begin, _end - _begin).IndexOf((byte)'\n');
            if (length >= 0)
                return Take(length + 1).ToArray();
            if (!await FillAsync())
                throw new EndOfStreamException("the connection ended within a line");
        }
    }

    private async ValueTask<bool> FillAsync()
    {
        if (_begin == _end)
            _begin = _end = 0;
        if (_end == _buffer.Length)
        {
            if (_begin == 0)
                throw new IOException("a line without an end");
            _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
            _end -= _begin;
            _begin = 0;
        }
        try
        {
            int count = await from.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None, token);
            _end += count;
            return count > 0;
        }
        catch (SocketException e)
        {
            throw new EndOfStreamException("the connection broke", e);
        }
    }

    private ReadOnlyMemory<byte> Take(int count)
    {
        ReadOnlyMemory<byte> taken = _buffer.AsMemory(_begin, count);
        _begin += count;
        return taken;
    }
}
