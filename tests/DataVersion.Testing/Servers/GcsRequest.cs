using System.Globalization;
using System.Net;

namespace DataVersion.Testing.Servers;

/// <summary>A request to the server, taken apart.</summary>
public sealed class GcsRequest
{
    private readonly Dictionary<string, string> _query = [];

    internal GcsRequest(HttpListenerContext context)
    {
        Context = context;
        string raw = context.Request.RawUrl ?? "/";
        int question = raw.IndexOf('?', StringComparison.Ordinal);
        RawPath = question < 0 ? raw : raw[..question];
        Path = [.. RawPath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];
        foreach (string pair in question < 0 ? [] : raw[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] both = pair.Split('=', 2);
            _query[Uri.UnescapeDataString(both[0])] = both.Length > 1 ? Uri.UnescapeDataString(both[1]) : "";
        }
    }

    /// <summary>The method.</summary>
    public string Method => Context.Request.HttpMethod;

    /// <summary>The path as it was sent.</summary>
    public string RawPath { get; }

    internal HttpListenerContext Context { get; }

    internal string[] Path { get; }

    /// <summary>A parameter of the query; null where it is not there.</summary>
    public string? Query(string name) => _query.GetValueOrDefault(name);

    /// <summary>A header; null where it is not there.</summary>
    public string? Header(string name) => Context.Request.Headers[name];

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {RawPath}";

    internal long? Number(string name) => Query(name) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    internal async Task<byte[]> ReadBodyAsync()
    {
        using var body = new MemoryStream();
        await Context.Request.InputStream.CopyToAsync(body);
        if (Context.Request.ContentLength64 > body.Length)
            throw new IOException("the body ended early");
        return body.ToArray();
    }
}
