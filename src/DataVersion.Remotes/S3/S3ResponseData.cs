using System.Net;
using Amazon.Runtime.EventStreams;
using Amazon.Runtime.Internal.Transform;

namespace DataVersion.Remotes.S3;

/// <summary>An HTTP answer as the SDK's readers want it.</summary>
internal sealed class S3ResponseData(HttpResponseMessage response, Stream body) : IWebResponseData, IHttpResponseBody
{
    // The SDK looks for some fifty headers in every answer: once in a dictionary, that costs nothing.
    private readonly Dictionary<string, string> _headers = HeadersOf(response);

    public long ContentLength => response.Content.Headers.ContentLength ?? 0;

    public string ContentType => response.Content.Headers.ContentType?.ToString() ?? "";

    public HttpStatusCode StatusCode => response.StatusCode;

    public bool IsSuccessStatusCode => response.IsSuccessStatusCode;

    public IHttpResponseBody ResponseBody => this;

    public string[] GetHeaderNames() => [.. _headers.Keys];

    public bool IsHeaderPresent(string headerName) => _headers.ContainsKey(headerName);

    public string GetHeaderValue(string headerName) => _headers.GetValueOrDefault(headerName, "");

    public IEventStreamHeader GetEventStreamHeader(string headerName) => throw new NotSupportedException();

    public bool IsEventHeaderPresent(string headerName) => false;

    public Stream OpenResponse() => body;

    public Task<Stream> OpenResponseAsync() => Task.FromResult(body);

    public void Dispose() => response.Dispose();

    private static Dictionary<string, string> HeadersOf(HttpResponseMessage response)
    {
        var headers = new Dictionary<string, string>(16, StringComparer.OrdinalIgnoreCase);
        foreach (var header in response.Headers.NonValidated)
            headers[header.Key] = header.Value.ToString();
        foreach (var header in response.Content.Headers.NonValidated)
            headers[header.Key] = header.Value.ToString();
        return headers;
    }
}
