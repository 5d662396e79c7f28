using System.Globalization;
using Azure;

namespace DataVersion.Remotes.Azure;

/// <summary>
/// An answer of 400 or above, by its head alone: the library reads the body as well, and stumbles over every body that is not quite Azure's.
/// </summary>
internal sealed class AzureRefusalException(Response response, DateTimeOffset now) : Exception
{
    public int Status { get; } = response.Status;

    /// <summary>Azure's own code, such as <c>BlobNotFound</c>; null where none was sent.</summary>
    public string? Code { get; } = response.Headers.TryGetValue("x-ms-error-code", out string? code) ? code : null;

    /// <summary>The server's clock.</summary>
    public DateTimeOffset? Date { get; } = response.Headers.Date;

    /// <summary>How long the answer asks to wait.</summary>
    public TimeSpan? RetryAfter { get; } = RetryAfterOf(response, now);

    public override string Message => $"{Status} {Code}";

    private static TimeSpan? RetryAfterOf(Response response, DateTimeOffset now)
    {
        foreach (string name in (string[])["retry-after-ms", "x-ms-retry-after-ms"])
        {
            if (response.Headers.TryGetValue(name, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds))
                return TimeSpan.FromMilliseconds(milliseconds);
        }
        if (!response.Headers.TryGetValue("Retry-After", out string? value))
            return null;
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
            return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset until)
            ? TimeSpan.FromTicks(Math.Max(0, (until - now).Ticks))
            : null;
    }
}
