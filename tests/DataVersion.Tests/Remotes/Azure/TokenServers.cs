using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace DataVersion.Tests.Remotes.Azure;

/// <summary>The servers that give tokens, as a handler: Entra ID by default, and a machine's metadata service where a test has one.</summary>
internal sealed class TokenServers : HttpMessageHandler
{
    private readonly ConcurrentQueue<(string Address, string Body)> _requests = new();

    public IReadOnlyList<(string Address, string Body)> Requests => [.. _requests];

    /// <summary>Whether the metadata service is there.</summary>
    public bool IsMachine { get; init; }

    /// <summary>What Entra ID answers instead of a token.</summary>
    public string? Refusal { get; init; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string address = request.RequestUri!.ToString();
        _requests.Enqueue((address, request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken)));
        if (request.RequestUri.Host == "169.254.169.254")
        {
            if (!IsMachine)
                throw new HttpRequestException("no route to host");
            return request.Headers.Contains("Metadata")
                ? Json(HttpStatusCode.OK, $$"""{"access_token":"machine-token","expires_on":"{{DateTimeOffset.UtcNow.AddHours(2).ToUnixTimeSeconds()}}","resource":"https://storage.azure.com","token_type":"Bearer"}""")
                : Json(HttpStatusCode.BadRequest, """{"error":"invalid_request","error_description":"Required metadata header not specified"}""");
        }
        if (address.Contains("/discovery/instance", StringComparison.Ordinal))
            return Json(HttpStatusCode.OK, """{"tenant_discovery_endpoint":"https://login.microsoftonline.com/tenant/v2.0/.well-known/openid-configuration","api-version":"1.1","metadata":[{"preferred_network":"login.microsoftonline.com","preferred_cache":"login.windows.net","aliases":["login.microsoftonline.com","login.windows.net"]}]}""");
        if (address.Contains("openid-configuration", StringComparison.Ordinal))
            return Json(HttpStatusCode.OK, """{"token_endpoint":"https://login.microsoftonline.com/tenant/oauth2/v2.0/token","authorization_endpoint":"https://login.microsoftonline.com/tenant/oauth2/v2.0/authorize","issuer":"https://login.microsoftonline.com/tenant/v2.0"}""");
        return Refusal is null
            ? Json(HttpStatusCode.OK, """{"token_type":"Bearer","expires_in":7200,"ext_expires_in":7200,"access_token":"entra-token"}""")
            : Json(HttpStatusCode.Unauthorized, $$"""{"error":"invalid_client","error_description":"{{Refusal}}: something about it","error_codes":[7000215]}""");
    }

    private static HttpResponseMessage Json(HttpStatusCode status, string text) =>
        new(status) { Content = new StringContent(text, Encoding.UTF8, "application/json") };
}
