using System.Buffers;
using System.Text;
using Amazon.Runtime.Internal;

namespace DataVersion.Remotes.S3;

/// <summary>Makes an HTTP request of what the SDK marshalled: its address, its headers, its signature.</summary>
internal sealed class S3Message(S3Options options)
{
    private const string UserAgent = "DataVersion";
    private const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string UnsignedPayload = "UNSIGNED-PAYLOAD";
    private static readonly SearchValues<char> PathCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/");

    private readonly string _host = options.Endpoint.Authority;
    private readonly string _origin = options.Endpoint.GetLeftPart(UriPartial.Authority);
    private readonly string _basePath = options.Endpoint.AbsolutePath.TrimEnd('/');
    private readonly S3Signature _signature = new(options.Region);

    /// <param name="request">What the SDK made.</param>
    /// <param name="keys">Whose signature; null for none.</param>
    /// <param name="now">The time of the signature.</param>
    public HttpRequestMessage Make(IRequest request, S3Keys? keys, DateTimeOffset now)
    {
        string path = $"{_basePath}/{(request.PathResources.TryGetValue("{Key+}", out string? key) ? EncodePath(key) : "")}";
        string query = QueryOf(request);
        // What is encoded stays so: the signature is over these very characters.
        var uri = new Uri(query.Length == 0 ? _origin + path : $"{_origin}{path}?{query}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(new HttpMethod(request.HttpMethod), uri);
        string payloadHash = SetContent(message, request);

        var signed = new SortedList<string, string>(8, StringComparer.Ordinal) { ["host"] = _host, ["x-amz-content-sha256"] = payloadHash };
        foreach ((string name, string value) in request.Headers)
        {
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
                signed[name.ToLowerInvariant()] = value;
            else if (!name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
                message.Headers.TryAddWithoutValidation(name, value);
        }
        if (options.RequesterPays)
            signed["x-amz-request-payer"] = "requester";
        if (keys is not null)
        {
            signed["x-amz-date"] = S3Signature.Date(now);
            if (keys.SessionToken is { } token)
                signed["x-amz-security-token"] = token;
            message.Headers.TryAddWithoutValidation("Authorization", _signature.Sign(keys, now, request.HttpMethod, path, query, signed, payloadHash));
        }
        foreach ((string name, string value) in signed)
        {
            if (name != "host")
                message.Headers.TryAddWithoutValidation(name, value);
        }
        message.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        return message;
    }

    // Whether the signature covers the body, was decided when the body was prepared.
    private static string SetContent(HttpRequestMessage message, IRequest request)
    {
        string hash = EmptyHash;
        if ((request.OriginalRequest as IPayloadRequest)?.Payload is { } payload)
        {
            message.Content = payload.Open();
            hash = payload.Sha256 ?? UnsignedPayload;
        }
        else if (DocumentOf(request) is { Length: > 0 } document)
        {
            message.Content = new ByteArrayContent(document);
            hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(document));
        }
        if (message.Content is not null && request.Headers.TryGetValue("Content-Type", out string? type))
            message.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        return hash;
    }

    private static byte[]? DocumentOf(IRequest request) => request.ContentStream is PooledContentStream pooled ? pooled.Content.ToArray() : request.Content;

    private static string QueryOf(IRequest request)
    {
        if (request.SubResources.Count + request.Parameters.Count == 0)
            return "";
        var sorted = new SortedList<string, string>(StringComparer.Ordinal);
        foreach ((string name, string? value) in request.SubResources.Concat(request.Parameters))
            sorted[Uri.EscapeDataString(name)] = Uri.EscapeDataString(value ?? "");
        var query = new StringBuilder();
        foreach ((string name, string value) in sorted)
            query.Append(query.Length == 0 ? "" : "&").Append(name).Append('=').Append(value);
        return query.ToString();
    }

    private static string EncodePath(string key) =>
        key.AsSpan().ContainsAnyExcept(PathCharacters) ? Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal) : key;
}
