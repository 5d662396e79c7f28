using System.Globalization;
using System.Net;
using System.Xml;
using Azure;
using DataVersion.Remotes.Http;

namespace DataVersion.Remotes.Azure;

/// <summary>What failed requests to Azure mean.</summary>
/// <param name="remote">The remote's location, without credentials.</param>
/// <param name="access">How requests are signed.</param>
/// <param name="clock">The clock.</param>
internal sealed class AzureFailure(string remote, AzureAccess access, TimeProvider clock)
{
    // Azure refuses signatures that are older.
    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(15);

    /// <summary>Whether Azure itself answered, or something that speaks like it.</summary>
    public static bool IsFromAzure(Response response) =>
        response.Headers.Contains("x-ms-request-id") || response.Headers.Contains("x-ms-version") || response.Headers.Contains("x-ms-error-code");

    /// <summary>Whether such an answer may come from a gateway on the way, and means what its status says.</summary>
    public static bool MayBeFromBetween(int status) => status is 401 or 403 or 407 or 408 or 429 or >= 500;

    public static RemoteException NotAzure(string remote, Exception? inner = null) =>
        new(
        remote,
        "answered with something that is not Azure Blob Storage",
        "check account and endpoint with: dv remote list; is there a proxy or a sign-in page in between?",
        inner);

    /// <summary>The error for an exception of the library; null for one that is an error of ours already, or a defect.</summary>
    public DataVersionException? From(Exception exception, string doing) => exception switch
    {
        DataVersionException => null,
        AzureRefusalException refusal => FromRefusal(refusal, doing),
        // An answer that the library did not expect, or could not read.
        RequestFailedException { Status: > 0 } or XmlException => NotAzure(remote, exception),
        RequestFailedException or AggregateException when exception.InnerException is { } inner => From(inner, doing),
        _ => HttpFailure.FromException(remote, doing, exception),
    };

    private RemoteException FromRefusal(AzureRefusalException e, string doing)
    {
        if (e.Code is "ContainerNotFound" or "ContainerBeingDeleted" or "ContainerDisabled")
        {
            return new RemoteException(remote, $"cannot {doing}: there is no such container", "create it, or check the URL with: dv remote list", e)
            {
                IsPlaceMissing = true,
            };
        }
        // Azure says so of a private container to those who come without credentials.
        bool hidden = e.Code is "ResourceNotFound" or "PublicAccessNotPermitted";
        bool throttled = e.Code is "ServerBusy" or "OperationTimedOut";
        HttpStatusCode status = hidden ? HttpStatusCode.Forbidden : throttled ? HttpStatusCode.ServiceUnavailable : (HttpStatusCode)e.Status;
        return HttpFailure.FromStatus(remote, status, e.Code, doing, e.RetryAfter, HintOf(e), e);
    }

    private string? HintOf(AzureRefusalException e) => e.Code switch
    {
        "AuthenticationFailed" or "InvalidAuthenticationInfo" =>
            SkewHint(e) ?? ExpiryHint() ?? $"the credentials do not fit: check {access.Source}",
        "AuthorizationPermissionMismatch" or "InsufficientAccountPermissions" or "AuthorizationResourceTypeMismatch" or "AuthorizationServiceMismatch" =>
            $"{access.Source} may not do this: pulling needs the role 'Storage Blob Data Reader', pushing 'Storage Blob Data Contributor'",
        "AuthorizationFailure" or "AuthorizationSourceIPMismatch" =>
            ExpiryHint() ?? $"check {access.Source}, and whether the account's network rules let this machine in",
        "AuthorizationProtocolMismatch" => "the SAS token is for https:// only",
        "KeyBasedAuthenticationNotPermitted" => "this account takes no keys: sign in with 'az login' or a managed identity",
        "NoAuthenticationInformation" or "ResourceNotFound" or "PublicAccessNotPermitted" =>
            "no such container, or not a public one: sign in with 'az login' or set account and key",
        "AccountIsDisabled" => "the storage account is disabled",
        "BlobArchived" or "BlobBeingRehydrated" => "it is in the archive tier: rehydrate it, which takes hours",
        "BlobImmutableDueToPolicy" => "an immutability policy of the container protects it",
        "LeaseIdMissing" or "LeaseAlreadyPresent" => "someone holds a lease on it: az storage blob lease break",
        "SnapshotsPresent" => "it has snapshots",
        _ => null,
    };

    private string? SkewHint(AzureRefusalException e)
    {
        if (e.Date is not { } theirs)
            return null;
        TimeSpan skew = clock.GetUtcNow() - theirs;
        return skew.Duration() < MaxSkew
            ? null
            : $"this machine's clock is {Minutes(skew)} minutes {(skew > TimeSpan.Zero ? "ahead" : "behind")}: set it right";
    }

    private string? ExpiryHint() => access.Expiry is { } expiry && expiry < clock.GetUtcNow()
        ? $"the SAS token of {access.Source} expired at {expiry.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}: make a new one"
        : null;

    private static string Minutes(TimeSpan time) => time.Duration().TotalMinutes.ToString("0", CultureInfo.InvariantCulture);
}
