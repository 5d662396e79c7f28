using System.Net;
using System.Text.Json;
using DataVersion.Remotes.Http;

namespace DataVersion.Remotes.Gcs;

/// <summary>An answer of the service that is a refusal.</summary>
/// <param name="Status">Its HTTP status.</param>
/// <param name="Reason">The service's word, such as <c>notFound</c>; null where it gives none.</param>
/// <param name="Message">What it says, in one line.</param>
/// <param name="RetryAfter">How long it asks to wait.</param>
/// <param name="IsForeign">True where the answer is none that this service gives to such a question.</param>
/// <param name="IsWebPage">True where it is a page for people.</param>
internal sealed record GcsError(HttpStatusCode Status, string? Reason, string Message, TimeSpan? RetryAfter, bool IsForeign, bool IsWebPage)
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxShown = 300;
    private const string NoBucket = "The specified bucket does not exist";

    /// <summary>The object is not there; the bucket is.</summary>
    public bool IsObjectMissing => Status == HttpStatusCode.NotFound && !IsForeign && !IsBucketMissing;

    private bool IsBucketMissing => Status == HttpStatusCode.NotFound && !IsForeign
        && Message.StartsWith(NoBucket, StringComparison.Ordinal);

    /// <summary>The service found other bytes than the checksum that it was given stands for.</summary>
    public bool IsChecksumMismatch => Status == HttpStatusCode.BadRequest
        && (Message.Contains("CRC32C", StringComparison.OrdinalIgnoreCase) || Message.Contains("MD5", StringComparison.OrdinalIgnoreCase));

    private bool IsRate => Reason is "rateLimitExceeded" or "userRateLimitExceeded";

    public static async Task<GcsError> ReadAsync(HttpResponseMessage answer, TimeProvider clock, CancellationToken cancellationToken)
    {
        string text = await ReadTextAsync(answer, cancellationToken);
        GcsErrorBody? body = TryParse(text);
        // Some answers of the service are plain text, whatever type they say they are of.
        bool told = body?.Message is not null || text.StartsWith("No such object", StringComparison.Ordinal) || text.StartsWith(NoBucket, StringComparison.Ordinal);
        // Statuses that anything on the way may give, and that mean the same whoever gives them.
        bool plain = HttpFailure.IsTransient(answer.StatusCode) || answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
            or HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.PreconditionFailed or HttpStatusCode.RequestedRangeNotSatisfiable;
        string message = body?.Message ?? (told ? text : "");
        return new GcsError(answer.StatusCode, body?.Errors is [var first, ..] ? first.Reason : null, OneLine(message), HttpFailure.RetryAfter(answer, clock), !told && !plain, text.TrimStart().StartsWith('<'));
    }

    /// <summary>What the user is told.</summary>
    public RemoteException ToException(GcsSettings settings, string doing)
    {
        if (IsForeign)
            return Foreign(settings, doing);
        if (IsBucketMissing)
            return new RemoteException(settings.Location, $"there is no bucket '{settings.Bucket}'", "check the URL with: dv remote list") { IsPlaceMissing = true };
        if (IsChecksumMismatch)
            return WrongBytes(settings, doing);
        if (Reason == "required" && Message.Contains("requester pays", StringComparison.OrdinalIgnoreCase))
            return HttpFailure.FromStatus(settings.Location, Status, "requester pays", doing, null, "name the project that pays: dv remote modify NAME userproject PROJECT");
        bool tells = Message.Length > 0 && Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest;
        string? hint = tells ? $"the service says: {Message}" : null;
        if (IsRate)
        {
            return new RemoteException(settings.Location, $"failed: cannot {doing} ({(int)Status} {Reason})", hint)
            {
                IsTransient = true,
                IsThrottled = true,
                RetryAfter = RetryAfter,
            };
        }
        return HttpFailure.FromStatus(settings.Location, Status, Reason, doing, RetryAfter, hint);
    }

    /// <summary>The answer came from something else.</summary>
    public static RemoteException Foreign(GcsSettings settings, string doing) => new(
        settings.Location, $"cannot {doing}: it answered with something that is not Google Cloud Storage", "check the endpoint, and what stands on the way to it (a proxy, a login page)");

    /// <summary>Bytes changed between here and there.</summary>
    public static RemoteException WrongBytes(GcsSettings settings, string doing, bool transient = true) => new(
        settings.Location, $"cannot {doing}: its bytes changed on the way (CRC32C)", "try again; if it stays so, something on the way changes them")
    { IsTransient = transient };

    private static async Task<string> ReadTextAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using Stream stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MaxBytes];
        int count = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, count);
    }

    private static GcsErrorBody? TryParse(string text)
    {
        try
        {
            return text.StartsWith('{') ? JsonSerializer.Deserialize(text, GcsJson.Default.GcsErrorAnswer)?.Error : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string OneLine(string text)
    {
        string line = new([.. text.Take(MaxShown).Select(c => char.IsControl(c) ? ' ' : c)]);
        return line.Trim();
    }
}
