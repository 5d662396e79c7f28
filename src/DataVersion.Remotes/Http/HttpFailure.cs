using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace DataVersion.Remotes.Http;

/// <summary>What a failed request means, told alike by every store.</summary>
internal static class HttpFailure
{
    /// <summary>The error for an answer that is a refusal.</summary>
    /// <param name="remote">The remote's location, without credentials.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="code">The vendor's own code, such as <c>AccessDenied</c>.</param>
    /// <param name="doing">What was tried, such as "read 'dv.json'".</param>
    /// <param name="retryAfter">How long the answer asks to wait.</param>
    /// <param name="hint">What the user can do, where the store knows better than this class.</param>
    /// <param name="inner">The vendor's exception; its message is not shown.</param>
    public static RemoteException FromStatus(
        string remote, HttpStatusCode status, string? code, string doing, TimeSpan? retryAfter = null, string? hint = null, Exception? inner = null)
    {
        string answer = code is { Length: > 0 } && code != status.ToString() ? $"{(int)status} {code}" : $"{(int)status} {status}";
        bool denied = status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.ProxyAuthenticationRequired;
        return new RemoteException(remote, $"{(denied ? "denied" : "failed")}: cannot {doing} ({answer})", hint ?? HintOf(status), inner)
        {
            IsDenied = denied,
            IsTransient = IsTransient(status),
            IsThrottled = status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable,
            RetryAfter = retryAfter,
        };
    }

    /// <summary>The error for a request that got no answer, or lost the connection within it; null for an exception that is no such thing.</summary>
    public static RemoteException? FromException(string remote, string doing, Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case AuthenticationException:
                    return new RemoteException(remote, $"cannot {doing}: its TLS certificate is not trusted",
                        "if it is your own authority's: dv remote modify NAME cafile FILE", exception);
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData }:
                    return new RemoteException(remote, $"cannot {doing}: no such host", "check the URL and endpoint with: dv remote list", exception);
                case SocketException socket:
                    return new RemoteException(remote, $"cannot {doing}: {Describe(socket)}", "is the network up, and the endpoint right?", exception) { IsTransient = true };
                case TimeoutException or TaskCanceledException:
                    return new RemoteException(remote, $"cannot {doing}: no answer in time", "is the network up?", exception) { IsTransient = true };
            }
        }
        return exception is HttpRequestException or HttpIOException or IOException
            ? new RemoteException(remote, $"cannot {doing}: the connection broke", "is the network up?", exception) { IsTransient = true }
            : null;
    }

    /// <summary>Whether the same request may succeed later (RFC 9110: 408, 429, 500, 502, 503, 504).</summary>
    public static bool IsTransient(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>How long an answer asks to wait (RFC 9110, Retry-After: seconds or a date).</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider clock) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > clock.GetUtcNow() ? date - clock.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };

    private static string Describe(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "nothing listens there (connection refused)",
        SocketError.TimedOut => "no answer in time",
        SocketError.ConnectionReset => "the connection was reset",
        _ => $"no connection ({e.SocketErrorCode})",
    };

    private static string? HintOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => "check the credentials and permissions with: dv remote test",
        HttpStatusCode.NotFound => "check the URL with: dv remote list",
        _ => null,
    };
}
