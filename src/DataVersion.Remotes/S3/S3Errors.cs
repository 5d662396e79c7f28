using System.Net;
using System.Xml;
using DataVersion.Remotes.Http;

namespace DataVersion.Remotes.S3;

/// <summary>What refusals of an S3 server mean, and what to do about them.</summary>
internal static class S3Errors
{
    /// <summary>The error for an answer that no S3 server gives.</summary>
    public static RemoteException NotS3(string location, Exception? inner = null) =>
        new(location, "answered with something that is not S3", "check the endpoint; a proxy or a login page may stand before it", inner);

    /// <summary>The error for a refusal.</summary>
    /// <param name="options">Whose bucket.</param>
    /// <param name="refusal">What was answered.</param>
    /// <param name="doing">What was tried, such as "read 'dv.json'".</param>
    public static RemoteException From(S3Options options, S3Refusal refusal, string doing)
    {
        string location = options.Location;
        if (refusal.Code == "NoSuchBucket")
            return new RemoteException(location, $"there is no bucket '{options.Bucket}'", "check the URL and endpoint with: dv remote list") { IsPlaceMissing = true };
        if (IsOtherRegion(refusal))
        {
            string where = refusal.Region is { } region && region != options.Region ? $"in region '{region}'" : "in another region";
            return new RemoteException(
                location, $"bucket '{options.Bucket}' is {where}, not in '{options.Region}'", $"dv remote modify {options.Remote} region {refusal.Region ?? "REGION"}");
        }
        RemoteException error = HttpFailure.FromStatus(location, refusal.Status, refusal.Code, doing, refusal.RetryAfter, HintOf(refusal.Code));
        bool transient = IsTransient(refusal.Code);
        bool throttled = refusal.Code is "SlowDown" or "RequestLimitExceeded" or "Throttling" or "ThrottlingException" or "BandwidthLimitExceeded";
        bool denied = IsDenied(refusal.Code);
        return (transient && !error.IsTransient) || (throttled && !error.IsThrottled) || (denied && !error.IsDenied)
            ? new RemoteException(location, Problem(refusal, doing, denied), error.Hint)
            {
                IsTransient = transient || throttled || error.IsTransient,
                IsThrottled = throttled || error.IsThrottled,
                IsDenied = denied || error.IsDenied,
                RetryAfter = refusal.RetryAfter,
            }
            : error;
    }

    /// <summary>The status that a code would have had, of an error that came within an answer of status 200.</summary>
    public static HttpStatusCode StatusOf(string code) => code switch
    {
        "PreconditionFailed" => HttpStatusCode.PreconditionFailed,
        "ConditionalRequestConflict" or "OperationAborted" => HttpStatusCode.Conflict,
        "SlowDown" or "ServiceUnavailable" => HttpStatusCode.ServiceUnavailable,
        "NoSuchUpload" or "NoSuchKey" or "NoSuchBucket" => HttpStatusCode.NotFound,
        "AccessDenied" => HttpStatusCode.Forbidden,
        "InvalidPart" or "EntityTooSmall" or "BadDigest" => HttpStatusCode.BadRequest,
        _ => HttpStatusCode.InternalServerError,
    };

    /// <summary>The name of a document's root, and where it is an error its code and region. No document at all: all null.</summary>
    public static (string? Root, string? Code, string? Region) ReadDocument(byte[] body)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(body), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, IgnoreWhitespace = true });
            reader.MoveToContent();
            string root = reader.LocalName;
            if (root != "Error")
                return (root, null, null);
            string? code = null, region = null;
            reader.ReadStartElement();
            while (reader.MoveToContent() == XmlNodeType.Element)
            {
                string name = reader.LocalName;
                string text = reader.ReadInnerXml();
                if (name == "Code")
                    code = text;
                else if (name == "Region")
                    region = text;
            }
            return (root, Plain(code) ?? "UnknownError", Plain(region));
        }
        catch (XmlException)
        {
            return default;
        }
    }

    // It goes into messages: what does not look like a code is none.
    private static string? Plain(string? text) => text is { Length: > 0 and < 80 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') ? text : null;

    private static bool IsOtherRegion(S3Refusal refusal) => refusal.Code is "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" or "TemporaryRedirect"
        || refusal.Status is HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static bool IsTransient(string? code) => code is "RequestTimeout" or "RequestTimeoutException" or "InternalError" or "SlowDown" or "ServiceUnavailable"
        or "ConditionalRequestConflict" or "OperationAborted" or "BadDigest" or "XAmzContentSHA256Mismatch" or "IncompleteBody" or "PriorRequestNotComplete";

    private static bool IsDenied(string? code) => code is "AccessDenied" or "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "ExpiredToken" or "InvalidToken"
        or "RequestTimeTooSkewed" or "AllAccessDisabled" or "AccountProblem";

    private static string Problem(S3Refusal refusal, string doing, bool denied) => $"{(denied ? "denied" : "failed")}: cannot {doing} ({(int)refusal.Status} {refusal.Code})";

    private static string? HintOf(string? code) => code switch
    {
        "RequestTimeTooSkewed" => "the clock of this machine is wrong: set it",
        "InvalidAccessKeyId" => "the server does not know this access key; which one is in use says: dv remote test",
        "SignatureDoesNotMatch" => "the secret access key is wrong, or belongs to another key; which one is in use says: dv remote test",
        "ExpiredToken" or "InvalidToken" => "the temporary credentials have ended: log in anew",
        "AllAccessDisabled" or "AccountProblem" => "the account or bucket is blocked: ask its owner",
        "InvalidStorageClass" => "this server has no such storage class: check option storageclass",
        "BadDigest" or "XAmzContentSHA256Mismatch" => "what was sent changed on the way",
        "QuotaExceeded" or "EntityTooLarge" => "the server takes no more: make room, or raise the quota",
        _ => null,
    };
}
