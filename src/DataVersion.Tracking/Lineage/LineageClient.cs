using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;

namespace DataVersion.Tracking.Lineage;

/// <summary>
/// Sends lineage events. Nobody's run fails because of them: what goes wrong is returned as a text for a warning, in which no credentials are,
/// and nothing of what the server said.
/// </summary>
public sealed class LineageClient : IDisposable
{
    private const int Tries = 3;
    private const int FileTries = 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly LineageSettings _settings;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly HttpClient _http;

    /// <summary>Makes a client.</summary>
    /// <param name="settings">Where events go.</param>
    /// <param name="clock">For the waits between tries.</param>
    /// <param name="random">For the length of those waits.</param>
    /// <param name="handler">Sends the requests, and is not disposed here; null for one that follows no redirects, so that the key goes nowhere else.</param>
    /// <param name="timeout">For one try; 5 seconds if not given. A server that does not answer in time is not asked again.</param>
    public LineageClient(LineageSettings settings, TimeProvider clock, Random random, HttpMessageHandler? handler = null, TimeSpan? timeout = null)
    {
        (_settings, _clock, _random) = (settings, clock, random);
        _http = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }, disposeHandler: handler is null)
        {
            Timeout = timeout ?? TimeSpan.FromSeconds(5),
        };
    }

    /// <summary>Sends one event; tries twice more, after waits of random length, where the server is busy (429), fails (5xx) or the connection breaks.</summary>
    /// <param name="runEvent">From <see cref="LineageEvents.Write"/>.</param>
    /// <param name="cancellationToken">Ends it; that is a problem like any other.</param>
    /// <returns>Null where the event has arrived; else what went wrong, in one line.</returns>
    public async Task<string?> SendAsync(ReadOnlyMemory<byte> runEvent, CancellationToken cancellationToken)
    {
        try
        {
            return _settings.File is { } file ? await AppendAsync(file, runEvent, cancellationToken) : await PostAsync(runEvent, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return Problem("the command was ended before it was sent");
        }
        catch (Exception e)
        {
            // Tracking is never worth a run. The type says enough: messages of others may hold what they were given.
            return Problem($"it cannot be sent ({e.GetType().Name})");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<string?> PostAsync(ReadOnlyMemory<byte> runEvent, CancellationToken cancellationToken)
    {
        for (int tried = 1; ; tried++)
        {
            (string? problem, bool passing, TimeSpan? asked) = await TryPostAsync(runEvent, cancellationToken);
            if (problem is null)
                return null;
            if (!passing || tried == Tries)
                return Problem(problem);
            await WaitAsync(TimeSpan.FromMilliseconds(500 * tried), asked, cancellationToken);
        }
    }

    private async Task<(string? Problem, bool Passing, TimeSpan? Asked)> TryPostAsync(ReadOnlyMemory<byte> runEvent, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _settings.Endpoint)
        {
            Content = new ReadOnlyMemoryContent(runEvent) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        if (_settings.Authorization is { } authorization)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.IsSuccessStatusCode
                ? (null, false, null)
                : (Describe(response.StatusCode), response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError, response.Headers.RetryAfter?.Delta);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ("the server does not answer in time", false, null);
        }
        catch (HttpRequestException e)
        {
            return e.InnerException switch
            {
                AuthenticationException => ("the server's TLS certificate is not trusted", false, null),
                SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } => ("there is no such host", false, null),
                SocketException { SocketErrorCode: SocketError.ConnectionRefused } => ("nothing listens there", true, null),
                _ => ("the connection broke", true, null),
            };
        }
    }

    private async Task<string?> AppendAsync(string file, ReadOnlyMemory<byte> runEvent, CancellationToken cancellationToken)
    {
        byte[] line = [.. runEvent.Span, (byte)'\n'];
        for (int tried = 1; ; tried++)
        {
            try
            {
                if (Path.GetDirectoryName(file) is { Length: > 0 } folder)
                    Directory.CreateDirectory(folder);
                // Alone, so that two runs do not write over each other's lines.
                await using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
                await stream.WriteAsync(line, cancellationToken);
                return null;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or PathTooLongException)
            {
                return Problem("the file cannot be written: no permission, or no such folder");
            }
            catch (IOException) when (tried < FileTries)
            {
                await WaitAsync(TimeSpan.FromMilliseconds(50), null, cancellationToken);
            }
            catch (IOException)
            {
                return Problem("the file cannot be written: the disk is full, or another program holds it");
            }
        }
    }

    private Task WaitAsync(TimeSpan longest, TimeSpan? asked, CancellationToken cancellationToken)
    {
        double share;
        lock (_random)
            share = _random.NextDouble();
        TimeSpan wait = longest * share + (asked ?? TimeSpan.Zero);
        return Task.Delay(wait < LongestWait ? wait : LongestWait, _clock, cancellationToken);
    }

    private string Problem(string problem) => $"a lineage event did not reach {_settings.Shown}: {problem}";

    private static string Describe(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => $"the server refuses us ({(int)status}): check OPENLINEAGE_API_KEY",
        HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => $"the server takes no events there ({(int)status}): check OPENLINEAGE_URL and OPENLINEAGE_ENDPOINT",
        HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => $"the server does not understand it ({(int)status})",
        >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest => $"the server sends us elsewhere ({(int)status}): write where into OPENLINEAGE_URL",
        _ => $"the server answers {(int)status}",
    };
}
