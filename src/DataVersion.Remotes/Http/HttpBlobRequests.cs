using System.Net;
using System.Net.Http.Headers;

namespace DataVersion.Remotes.Http;

/// <summary>Requests to a web server: where they go, who they come from, what answers count.</summary>
/// <param name="client">Follows no redirects of its own accord.</param>
/// <param name="root">The URL that blobs lie below, with a slash at its end.</param>
/// <param name="login">What the server is told about the user; null for nothing.</param>
/// <param name="clock">The clock.</param>
internal sealed class HttpBlobRequests(HttpClient client, Uri root, HttpLogin? login, TimeProvider clock)
{
    private const int MaxRedirects = 5;
    // The answer's head must have come by then; its body may take as long as it goes on coming.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    private readonly HttpRedirects _redirects = new(root);

    /// <summary>For messages; it never holds credentials.</summary>
    public string Location { get; } = root.ToString().TrimEnd('/');

    /// <summary>Where the credentials come from.</summary>
    public string Access => login?.Source ?? "anonymous";

    /// <summary>Sends a request for a blob and follows where it is sent. The body of the answer is not read yet.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string name, RangeHeaderValue? range, string doing, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var address = new Uri(root, string.Join('/', name.Split('/').Select(Uri.EscapeDataString)));
            for (int hops = 0; ; hops++)
            {
                HttpResponseMessage answer = await SendOnceAsync(method, address, range, limit.Token);
                if (!HttpRedirects.IsOne(answer.StatusCode))
                    return answer;
                using (answer)
                {
                    if (hops == MaxRedirects)
                        throw new RemoteException(
                            Location, $"cannot {doing}: it sends on and on, {MaxRedirects} times and more", "check the URL with: dv remote list");
                    address = await _redirects.FollowAsync(address, answer, Location, limit.Token);
                }
            }
        }
        catch (Exception e) when (e is not DataVersionException && !cancellationToken.IsCancellationRequested
            && HttpFailure.FromException(Location, doing, e) is { } error)
        {
            throw error;
        }
    }

    /// <summary>Refuses every answer but those that were hoped for.</summary>
    /// <exception cref="RemoteException">A refusal, a web page, or bytes that were changed on the way.</exception>
    public void Check(HttpResponseMessage answer, string doing, params ReadOnlySpan<HttpStatusCode> wanted)
    {
        HttpStatusCode status = answer.StatusCode;
        if (!wanted.Contains(status))
        {
            // Object storage behind a web address says so also of what is not there.
            string tried = status == HttpStatusCode.Forbidden ? $"{doing}, which is missing or denied" : doing;
            throw HttpFailure.FromStatus(Location, status, null, tried, HttpFailure.RetryAfter(answer, clock), HintOf(status));
        }
        HttpContentHeaders headers = answer.Content.Headers;
        if (headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml")
            throw new RemoteException(Location, $"cannot {doing}: it answered with a web page", "is it the URL of the files, and does it need a login?");
        string? encoding = headers.ContentEncoding.FirstOrDefault(e => !string.Equals(e, "identity", StringComparison.OrdinalIgnoreCase));
        if (encoding is not null)
            throw new RemoteException(Location, $"cannot {doing}: it sends the bytes in the encoding '{Shown(encoding)}'", "switch compression off on that server");
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, RangeHeaderValue? range, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        request.Headers.Range = range;
        // The same server only: whoever it sends us to learns nothing.
        if (login is not null && Uri.Compare(address, root, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0)
            request.Headers.Authorization = login.Header;
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private string? HintOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when login is not null => $"check {login.Source}",
        HttpStatusCode.Unauthorized => "it needs a login: dv remote modify --local NAME username … and password …, or token …",
        _ => null,
    };

    private static string Shown(string text) => new([.. text.Where(c => c is > ' ' and < '\x7f').Take(20)]);
}
