using System.Globalization;
using System.Text;

namespace DataVersion.Testing.Servers;

/// <summary>Reads requests off a connection.</summary>
internal static class StaticHttpWire
{
    /// <summary>The next request; null where the client has closed the connection.</summary>
    public static async Task<StaticHttpRequest?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        if (await ReadHeadAsync(stream, cancellationToken) is not { } head)
            return null;
        string[] lines = head.Split("\r\n");
        string[] first = lines[0].Split(' ');
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines.Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
        if (headers.TryGetValue("Expect", out string? expect) && expect == "100-continue")
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken);
        byte[] body = headers.TryGetValue("Content-Length", out string? length)
            ? await ReadBodyAsync(stream, int.Parse(length, CultureInfo.InvariantCulture), cancellationToken)
            : headers.ContainsKey("Transfer-Encoding") ? await ReadChunksAsync(stream, cancellationToken) : [];
        int query = first[1].IndexOf('?', StringComparison.Ordinal);
        return new StaticHttpRequest(first[0], query < 0 ? first[1] : first[1][..query], query < 0 ? "" : first[1][query..], headers, body);
    }

    private static async Task<string?> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, cancellationToken) == 0)
                return null;
            head.Append((char)one[0]);
        }
        return head.ToString().TrimEnd();
    }

    private static async Task<byte[]> ReadBodyAsync(Stream stream, int length, CancellationToken cancellationToken)
    {
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, cancellationToken);
        return body;
    }

    private static async Task<byte[]> ReadChunksAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        while (true)
        {
            int length = int.Parse(await ReadLineAsync(stream, cancellationToken), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Write(await ReadBodyAsync(stream, length, cancellationToken));
            await ReadLineAsync(stream, cancellationToken);
            if (length == 0)
                return body.ToArray();
        }
    }

    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, cancellationToken) > 0 && one[0] != '\n')
            line.Append((char)one[0]);
        return line.ToString().TrimEnd('\r');
    }
}
