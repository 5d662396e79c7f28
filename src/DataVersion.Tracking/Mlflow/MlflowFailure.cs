using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace DataVersion.Tracking.Mlflow;

/// <summary>What a failed request means, in one line.</summary>
internal static partial class MlflowFailure
{
    private const int MaxText = 400;

    /// <summary>The error for an answer that is a refusal.</summary>
    /// <param name="settings">The server, and what must not be shown.</param>
    /// <param name="doing">What was tried, such as "create the run".</param>
    /// <param name="response">The answer's head.</param>
    /// <param name="body">The answer's body.</param>
    /// <param name="clock">For a Retry-After that is a date.</param>
    public static MlflowException FromAnswer(MlflowSettings settings, string doing, HttpResponseMessage response, string body, TimeProvider clock)
    {
        HttpStatusCode status = response.StatusCode;
        (string? code, string text) = Read(body);
        text = OneLine(settings.Redact(text));
        string answer = $"{(int)status}{(code is null ? "" : $" {OneLine(code)}")}";
        string tail = text.Length == 0 ? "" : $": {text}";
        return new MlflowException(settings.Location, Problem(settings, doing, response, answer, tail), HintOf(settings, status, body))
        {
            ErrorCode = code,
            StatusCode = (int)status,
            IsTransient = IsTransient(status) && code != "NOT_IMPLEMENTED",
            RetryAfter = RetryAfter(response, clock),
        };
    }

    /// <summary>The error for a request that got no answer; null for an exception that is no such thing.</summary>
    public static MlflowException? FromException(MlflowSettings settings, string doing, Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case AuthenticationException:
                    return new MlflowException(settings.Location, $"cannot {doing}: its TLS certificate is not trusted, or ours is not",
                        "if it is your own authority's: MLFLOW_TRACKING_SERVER_CERT_PATH=FILE.pem", exception);
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData }:
                    return Passing(settings, $"cannot {doing}: no such host", "check MLFLOW_TRACKING_URI", exception);
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return Passing(settings, $"cannot {doing}: nothing listens there (connection refused)", "is the server up, and MLFLOW_TRACKING_URI right?", exception);
            }
        }
        return exception is HttpRequestException or HttpIOException or IOException
            ? Passing(settings, $"cannot {doing}: the connection broke", "is the server up, and MLFLOW_TRACKING_URI right?", exception)
            : null;
    }

    /// <summary>The error for an answer that did not come in time.</summary>
    public static MlflowException Timeout(MlflowSettings settings, string doing, TimeSpan limit) =>
        Passing(settings, FormattableString.Invariant($"cannot {doing}: no answer in {limit.TotalSeconds:0.###} s"), "is the server overloaded? MLFLOW_HTTP_REQUEST_TIMEOUT sets the limit", null);

    /// <summary>The error for an answer that is not what the API promises.</summary>
    public static MlflowException NotAnAnswer(MlflowSettings settings, string doing, string problem, Exception? inner = null) =>
        new(settings.Location, $"cannot {doing}: the answer {OneLine(settings.Redact(problem))}", "is MLFLOW_TRACKING_URI an MLflow server, or a login page before it?", inner);

    private static MlflowException Passing(MlflowSettings settings, string problem, string hint, Exception? inner) =>
        new(settings.Location, problem, hint, inner) { IsTransient = true };

    private static string Problem(MlflowSettings settings, string doing, HttpResponseMessage response, string answer, string tail) => response.StatusCode switch
    {
        HttpStatusCode.Unauthorized when settings.CredentialSource is null => $"denied: cannot {doing}: it asks for credentials ({answer})",
        HttpStatusCode.Unauthorized => $"denied: cannot {doing}: it does not accept the credentials from {settings.CredentialSource} ({answer})",
        HttpStatusCode.Forbidden => $"denied: cannot {doing} ({answer}{tail})",
        >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest when response.Headers.Location is { } place =>
            $"cannot {doing}: it redirects to '{OneLine(settings.Redact(Plain(place)))}' ({answer})",
        _ => $"cannot {doing} ({answer}{tail})",
    };

    private static string? HintOf(MlflowSettings settings, HttpStatusCode status, string body) => status switch
    {
        HttpStatusCode.Unauthorized => "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
        HttpStatusCode.Forbidden when body.Contains("Invalid Host header", StringComparison.OrdinalIgnoreCase) =>
            $"the server (3.5 and later) does not know itself by this name; start it with MLFLOW_SERVER_ALLOWED_HOSTS={settings.TrackingUri.Host},{settings.TrackingUri.Host}:*,localhost:* (this replaces its defaults)",
        HttpStatusCode.Forbidden => "ask the server's administrator for the permission",
        HttpStatusCode.RequestEntityTooLarge => "a proxy before the server limits the size of requests; raise it (nginx: client_max_body_size)",
        >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => "set MLFLOW_TRACKING_URI to where it redirects to",
        HttpStatusCode.NotFound when body.Contains("<html", StringComparison.OrdinalIgnoreCase) => "is MLFLOW_TRACKING_URI the server's address, with the path that it is served under?",
        _ => null,
    };

    private static string Plain(Uri place) => place.IsAbsoluteUri ? new UriBuilder(place) { UserName = "", Password = "", Query = "", Fragment = "" }.Uri.ToString() : "another path";

    private static bool IsTransient(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider clock) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > clock.GetUtcNow() ? date - clock.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };

    /// <summary>The server's code and text: its JSON, or what an HTML page or plain text says.</summary>
    private static (string? Code, string Text) Read(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                return (json.RootElement.TryGetProperty("error_code", out JsonElement code) && code.ValueKind == JsonValueKind.String ? code.GetString() : null,
                    json.RootElement.TryGetProperty("message", out JsonElement message) && message.ValueKind == JsonValueKind.String ? message.GetString()! : "");
            }
        }
        catch (JsonException)
        {
            // A proxy's page, or gunicorn's.
        }
        catch (InvalidOperationException)
        {
            // A string with half a surrogate pair.
        }
        if (!body.Contains('<', StringComparison.Ordinal))
            return (null, body);
        string head = body.Length > 16 * 1024 ? body[..(16 * 1024)] : body;
        Match title = Title().Match(head);
        return (null, WebUtility.HtmlDecode(title.Success ? title.Groups[1].Value : Tag().Replace(head, " ")));
    }

    private static string OneLine(string text)
    {
        var line = new StringBuilder();
        foreach (char c in text)
        {
            if (line.Length >= MaxText)
                return line.ToString().TrimEnd() + " …";
            if (!char.IsControl(c) && !char.IsWhiteSpace(c))
                line.Append(char.IsSurrogate(c) ? '\uFFFD' : c);
            else if (line.Length > 0 && line[^1] != ' ')
                line.Append(' ');
        }
        return line.ToString().TrimEnd();
    }

    [GeneratedRegex(@"<title[^>]*>([^<]*)", RegexOptions.IgnoreCase)]
    private static partial Regex Title();

    [GeneratedRegex(@"<[^>]*>")]
    private static partial Regex Tag();
}
