using System.Globalization;
using System.Text;

namespace DataVersion.Testing.Faults;

/// <summary>The first lines of an HTTP/1.1 request or answer, as far as a relay needs them.</summary>
public sealed class HttpHead
{
    private readonly string[] _lines;

    private HttpHead(byte[] bytes, string[] lines)
    {
        Bytes = bytes;
        _lines = lines;
        First = lines[0].Split(' ', 3);
    }

    /// <summary>The head as it came, the empty line included.</summary>
    public byte[] Bytes { get; }

    /// <summary>A request's method.</summary>
    public string Method => First[0];

    /// <summary>A request's path and query.</summary>
    public string Target => First.Length > 1 ? First[1] : "";

    internal int Status => First.Length > 1 && int.TryParse(First[1], CultureInfo.InvariantCulture, out int status) ? status : 0;

    internal bool IsChunked => Header("Transfer-Encoding") is { } coding && coding.EndsWith("chunked", StringComparison.OrdinalIgnoreCase);

    internal long? ContentLength => Header("Content-Length") is { } length ? long.Parse(length, CultureInfo.InvariantCulture) : null;

    internal bool ExpectsContinue => string.Equals(Header("Expect"), "100-continue", StringComparison.OrdinalIgnoreCase);

    internal bool Closes => string.Equals(Header("Connection"), "close", StringComparison.OrdinalIgnoreCase) || _lines[0].Contains("HTTP/1.0", StringComparison.Ordinal);

    private string[] First { get; }

    /// <summary>A header's value; null where there is none.</summary>
    public string? Header(string name)
    {
        foreach (string line in _lines.AsSpan(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon == name.Length && line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
                return line[(colon + 1)..].Trim();
        }
        return null;
    }

    internal static HttpHead Parse(byte[] bytes) =>
        new(bytes, Encoding.Latin1.GetString(bytes).Split("\r\n", StringSplitOptions.RemoveEmptyEntries));

    internal HttpHead Without(string header) =>
        Parse(Encoding.Latin1.GetBytes(string.Join("\r\n", _lines.Where(l => !l.StartsWith($"{header}:", StringComparison.OrdinalIgnoreCase))) + "\r\n\r\n"));
}
