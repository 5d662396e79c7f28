using System.Net;
using Amazon.Runtime;
using Amazon.S3.Model;

namespace DataVersion.Remotes.S3;

/// <summary>A request with a body that the SDK does not touch.</summary>
internal interface IPayloadRequest
{
    /// <summary>The body.</summary>
    S3Payload Payload { get; }
}

/// <summary>An upload in one piece.</summary>
internal sealed class PutRequest(S3Payload payload) : PutObjectRequest, IPayloadRequest
{
    public S3Payload Payload => payload;
}

/// <summary>An upload of one part.</summary>
internal sealed class PartRequest(S3Payload payload) : UploadPartRequest, IPayloadRequest
{
    public S3Payload Payload => payload;
}

/// <summary>What a server answered instead of doing what was asked; stands in the response, since many refusals are no errors to us.</summary>
internal sealed class S3Refusal : ResponseMetadata
{
    /// <summary>The HTTP status; of an error inside an answer of status 200, what its code stands for.</summary>
    public required HttpStatusCode Status { get; init; }

    /// <summary>The error's code, such as <c>NoSuchKey</c>; null where the answer had no body (HEAD).</summary>
    public string? Code { get; init; }

    /// <summary>The bucket's region, where the answer names it.</summary>
    public string? Region { get; init; }

    /// <summary>How long the answer asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True where the keys may have ended; HEAD answers say no more than their status.</summary>
    public bool MayBeExpired => Code is "ExpiredToken" or "ExpiredTokenException" or "InvalidToken" or "TokenRefreshRequired" or "InvalidAccessKeyId"
        || (Code is null && Status is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
}
