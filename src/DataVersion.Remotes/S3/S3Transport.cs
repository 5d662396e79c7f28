using System.Net;
using System.Xml;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Amazon.S3.Model;

namespace DataVersion.Remotes.S3;

/// <summary>
/// Sends the SDK's requests: addressed and signed by us, through our HTTP client. A refusal comes back as an answer whose metadata is an
/// <see cref="S3Refusal"/>. Keys that have ended are renewed, and the request is sent once more.
/// </summary>
internal sealed class S3Transport(S3Options options, HttpMessageInvoker http, KeySource keySource, TimeProvider clock) : PipelineHandler
{
    // A page of 1,000 keys of 1,024 bytes, escaped, with what else is said of each.
    private const int MaxDocument = 16 * 1024 * 1024;
    private readonly S3Message _message = new(options);

    public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        IRequestContext context = executionContext.RequestContext;
        CancellationToken cancellationToken = context.CancellationToken;
        S3Keys? keys = await keySource.GetAsync(cancellationToken);
        T answer = await SendAsync<T>(context, keys, cancellationToken);
        if (answer.ResponseMetadata is S3Refusal { MayBeExpired: true } && keys is not null && keySource.Forget(keys))
            answer = await SendAsync<T>(context, await keySource.GetAsync(cancellationToken), cancellationToken);
        return answer;
    }

    public override void InvokeSync(IExecutionContext executionContext) => throw new NotSupportedException();

    private async Task<T> SendAsync<T>(IRequestContext context, S3Keys? keys, CancellationToken cancellationToken)
        where T : AmazonWebServiceResponse, new()
    {
        using HttpRequestMessage request = _message.Make(context.Request, keys, clock.GetUtcNow());
        HttpResponseMessage response = await http.SendAsync(request, cancellationToken);
        bool keep = false;
        try
        {
            if (!response.IsSuccessStatusCode)
                return Refused<T>(await RefusalAsync(response, cancellationToken));
            if (IsWebPage(response))
                throw S3Errors.NotS3(options.Location);
            if (context.Unmarshaller.HasStreamingProperty)
            {
                keep = true;
                return Read<T>(context, response, await response.Content.ReadAsStreamAsync(cancellationToken));
            }
            byte[] body = await ReadDocumentAsync(response, cancellationToken);
            (string? root, string? code, string? region) = body.Length == 0 ? default : S3Errors.ReadDocument(body);
            if (code is not null)
                return Refused<T>(new S3Refusal { Status = S3Errors.StatusOf(code), Code = code, Region = region });
            // An empty page must not pass for an empty bucket.
            if (RootOf(context.OriginalRequest) is { } expected && root != expected)
                throw S3Errors.NotS3(options.Location);
            return Read<T>(context, response, new MemoryStream(body));
        }
        finally
        {
            if (!keep)
                response.Dispose();
        }
    }

    private static string? RootOf(AmazonWebServiceRequest request) => request switch
    {
        ListObjectsV2Request => "ListBucketResult",
        ListPartsRequest => "ListPartsResult",
        InitiateMultipartUploadRequest => "InitiateMultipartUploadResult",
        CompleteMultipartUploadRequest => "CompleteMultipartUploadResult",
        _ => null,
    };

    private static T Refused<T>(S3Refusal refusal)
        where T : AmazonWebServiceResponse, new() => new() { HttpStatusCode = refusal.Status, ResponseMetadata = refusal };

    private T Read<T>(IRequestContext context, HttpResponseMessage response, Stream body)
        where T : AmazonWebServiceResponse
    {
        try
        {
            var data = new S3ResponseData(response, body);
            UnmarshallerContext reader = context.Unmarshaller.CreateContext(data, false, body, context.Metrics, false, context);
            return (T)context.Unmarshaller.UnmarshallResponse(reader);
        }
        catch (Exception e) when (e is XmlException or FormatException or OverflowException or AmazonClientException or AmazonServiceException)
        {
            throw S3Errors.NotS3(options.Location, e);
        }
    }

    private async Task<S3Refusal> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body = response.RequestMessage?.Method == HttpMethod.Head ? [] : await ReadDocumentAsync(response, cancellationToken);
        (_, string? code, string? region) = body.Length == 0 ? default : S3Errors.ReadDocument(body);
        string? named = response.Headers.TryGetValues("x-amz-bucket-region", out IEnumerable<string>? values) ? values.First() : null;
        return new S3Refusal
        {
            Status = response.StatusCode,
            Code = code,
            Region = named ?? region,
            RetryAfter = Http.HttpFailure.RetryAfter(response, clock),
        };
    }

    private async Task<byte[]> ReadDocumentAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength == 0 || response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified
            || response.RequestMessage?.Method == HttpMethod.Head)
        {
            return [];
        }
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is int count and > 0)
        {
            if (body.Length + count > MaxDocument)
                throw S3Errors.NotS3(options.Location);
            body.Write(buffer, 0, count);
        }
        return body.ToArray();
    }

    // What a proxy or a hotel's network says in the server's place.
    private static bool IsWebPage(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType == "text/html"
        && !response.Headers.Any(h => h.Key.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) || h.Key.StartsWith("x-goog-", StringComparison.OrdinalIgnoreCase));
}
