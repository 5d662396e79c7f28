using System.Net;
using Amazon.Runtime.EventStreams;
using Amazon.Runtime.Internal.Transform;

namespace DataVersion.Remotes.S3;

/// <summary>An HTTP answer as the SDK's readers want it.</summary>
internal sealed class S3ResponseData(HttpResponseMessage response, Stream body) : IWebResponseData, IHttpResponseBody
{
    public long ContentLength => response.Content.Headers.ContentLength ?? 0;

    public string ContentType => response.Content.Headers.ContentType?.ToString() ?? "";

    public HttpStatusCode StatusCode => response.StatusCode;

    public bool IsSuccessStatusCode => response.IsSuccessStatusCode;

    public IHttpResponseBody ResponseBody => this;

    public string[] GetHeaderNames() => [.. response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated).Select(h => h.Key)];

    public bool IsHeaderPresent(string headerName) => GetHeaderValue(headerName).Length > 0;

    public string GetHeaderValue(string headerName) =>
        response.Headers.NonValidated.TryGetValues(headerName, out var values) || response.Content.Headers.NonValidated.TryGetValues(headerName, out values)
            ? values.ToString()
            : "";

    public IEventStreamHeader GetEventStreamHeader(string headerName) => throw new NotSupportedException();

    public bool IsEventHeaderPresent(string headerName) => false;

    public Stream OpenResponse() => body;

    public Task<Stream> OpenResponseAsync() => Task.FromResult(body);

    public void Dispose() => response.Dispose();
}
