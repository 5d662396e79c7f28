using System.Globalization;
using System.Net;
using System.Text;

namespace DataVersion.Testing.Servers;

/// <summary>HTTP/1.1 on one connection: heads and bodies, of any length, read piece by piece.</summary>
internal sealed class MlflowServerWire(Stream stream)
{
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;

    /// <summary>The next request's head; null where the client has closed.</summary>
    public async Task<MlflowServerHead?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        if (await ReadLineAsync(cancellationToken) is not { Length: > 0 } first)
            return null;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
        string[] words = first.Split(' ');
        return new MlflowServerHead(words[0], words[1], headers);
    }

    /// <summary>The body, piece by piece, to <paramref name="take"/>.</summary>
    public async Task ReadBodyAsync(MlflowServerHead head, Func<ReadOnlyMemory<byte>, Task> take, CancellationToken cancellationToken)
    {
        if (head.Header("Expect") == "100-continue")
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken);
            await stream.FlushAsync(cancellationToken);
        }
        if (head.Header("Content-Length") is { } length)
        {
            await CopyAsync(long.Parse(length, CultureInfo.InvariantCulture), take, cancellationToken);
        }
        else if (head.Header("Transfer-Encoding") == "chunked")
        {
            while (long.Parse((await ReadLineAsync(cancellationToken))!, NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
            {
                await CopyAsync(size, take, cancellationToken);
                await ReadLineAsync(cancellationToken);
            }
            await ReadLineAsync(cancellationToken);
        }
    }

    public async Task WriteAsync(MlflowServerAnswer answer, bool lowerCase, bool close, CancellationToken cancellationToken)
    {
        byte[] body = answer.Bytes ?? Encoding.UTF8.GetBytes(answer.Body);
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} {(HttpStatusCode)answer.Status}\r\n");
        IEnumerable<(string, string)> headers =
            [("Content-Type", answer.ContentType), ("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture)), .. answer.Headers];
        foreach ((string name, string value) in headers)
            head.Append(CultureInfo.InvariantCulture, $"{(lowerCase ? name.ToLowerInvariant() : name)}: {value}\r\n");
        if (close)
            head.Append("Connection: close\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), cancellationToken);
        await stream.WriteAsync(body, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    private async Task CopyAsync(long length, Func<ReadOnlyMemory<byte>, Task> take, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
                throw new IOException("the client broke off");
            int piece = (int)Math.Min(length, _end - _start);
            await take(_buffer.AsMemory(_start, piece));
            _start += piece;
            length -= piece;
        }
    }

    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (true)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
                return null;
            byte next = _buffer[_start++];
            if (next == '\n')
                return Encoding.ASCII.GetString([.. line]).TrimEnd('\r');
            line.Add(next);
        }
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        _start = 0;
        _end = await stream.ReadAsync(_buffer, cancellationToken);
        return _end > 0;
    }
}

/// <summary>A request's first line and headers.</summary>
internal sealed record MlflowServerHead(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value : null;

    public string Path => Uri.UnescapeDataString(Target.Split('?')[0]);

    public IReadOnlyDictionary<string, string> Query => Target.Split('?', 2) is [_, var query]
        ? query.Split('&').Select(pair => pair.Split('=', 2)).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1].Replace('+', ' ')))
        : new Dictionary<string, string>();
}
