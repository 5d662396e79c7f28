using System.Net;
using System.Security.Cryptography.X509Certificates;
using DataVersion.Remotes;
using DataVersion.Remotes.Http;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Remotes.Http;

/// <summary>Servers that send us elsewhere.</summary>
public sealed class HttpRedirectTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StaticHttpFiles _files = new();
    private readonly List<StaticHttpServer> _servers = [];

    public HttpRedirectTests() => _files.Put("/elsewhere/a", [1, 2, 3]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _servers.ForEach(s => s.Dispose());
        _folder.Dispose();
    }

    private StaticHttpServer Serve(Func<StaticHttpRequest, StaticHttpAnswer> answer, X509Certificate2? certificate = null)
    {
        var server = new StaticHttpServer(answer, certificate);
        _servers.Add(server);
        return server;
    }

    private static StaticHttpAnswer To(string location, int status = 302) => new StaticHttpAnswer(status).With("Location", location);

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_followed(int status)
    {
        StaticHttpServer server = Serve(request => request.Path == "/data/a" ? To("/elsewhere/a", status) : _files.Answer(request));

        Assert.Equal([1, 2, 3], await RemoteStores.Open(RemoteContexts.Of($"{server.Address}/data")).GetAsync("a", cancellationToken: Token));
        Assert.Equal(3, (await RemoteStores.Open(RemoteContexts.Of($"{server.Address}/data")).StatAsync("a", Token))?.Size);
        Assert.Equal(["GET", "GET", "HEAD", "HEAD"], server.Requests.Select(r => r.Method));
    }

    [Fact]
    public async Task Endless_redirects_end_after_five()
    {
        StaticHttpServer server = Serve(request => To($"{request.Path}x"));

        var error = await Assert.ThrowsAsync<RemoteException>(
            () => RemoteStores.Open(RemoteContexts.Of(server.Address)).GetAsync("a", cancellationToken: Token));

        Assert.Equal(6, server.Requests.Count);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task Credentials_stay_with_the_server_that_they_are_for()
    {
        StaticHttpServer other = Serve(_files.Answer);
        StaticHttpServer server = Serve(request => request.Path == "/data/a" ? To("/data/b") : To($"{other.Address}/elsewhere/a"));

        Assert.Equal([1, 2, 3], await RemoteStores.Open(RemoteContexts.Of($"{server.Address}/data", ("token", "abracadabra"))).GetAsync("a", cancellationToken: Token));

        Assert.Equal(["Bearer abracadabra", "Bearer abracadabra"], server.Requests.Select(r => r.Header("Authorization")));
        Assert.Null(Assert.Single(other.Requests).Header("Authorization"));
    }

    [Fact]
    public async Task Plain_http_may_lead_to_tls_and_never_back()
    {
        var authority = new TestAuthority(_folder.Path);
        using X509Certificate2 certificate = authority.LoadCertificate();
        StaticHttpServer plain = Serve(request => request.Path == "/start/a" ? To($"{_servers[1].Address}/elsewhere/a") : _files.Answer(request));
        StaticHttpServer secure = Serve(request => request.Path == "/start/a" ? To($"{plain.Address}/elsewhere/a") : _files.Answer(request), certificate);

        Assert.Equal([1, 2, 3], await Open(plain).GetAsync("a", cancellationToken: Token));
        var error = await Assert.ThrowsAsync<RemoteException>(() => Open(secure).GetAsync("a", cancellationToken: Token));
        Assert.Contains("http://, which is not safe", error.Message, StringComparison.Ordinal);
        var untrusted = await Assert.ThrowsAsync<RemoteException>(
            () => RemoteStores.Open(RemoteContexts.Of($"{secure.Address}/elsewhere")).GetAsync("a", cancellationToken: Token));
        Assert.Contains("certificate is not trusted", untrusted.Message, StringComparison.Ordinal);

        IBlobStore Open(StaticHttpServer server) => RemoteStores.Open(RemoteContexts.Of($"{server.Address}/start", ("cafile", authority.AuthorityFile)));
    }

    [Theory]
    [InlineData("https://127.0.0.1/x")]
    [InlineData("https://localhost/x")]
    [InlineData("https://[::1]/x")]
    [InlineData("https://[::ffff:127.0.0.1]/x")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://[fe80::1]/x")]
    [InlineData("https://0.0.0.0/x")]
    [InlineData("https://2130706433/x")]
    [InlineData("https://user:secret@data.example/x")]
    [InlineData("ftp://data.example/x")]
    [InlineData("file:///etc/passwd")]
    public async Task A_public_server_may_not_send_us_inside(string location)
    {
        var redirects = new HttpRedirects(new Uri("https://203.0.113.7/data/"));
        using var answer = new HttpResponseMessage(HttpStatusCode.Found);
        answer.Headers.Location = new Uri(location);

        var error = await Assert.ThrowsAsync<RemoteException>(() => redirects.FollowAsync(new Uri("https://203.0.113.7/data/a"), answer, "https://203.0.113.7/data", Token));

        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_public_server_may_send_us_to_another()
    {
        var redirects = new HttpRedirects(new Uri("https://203.0.113.7/data/"));
        using var answer = new HttpResponseMessage(HttpStatusCode.Found);
        answer.Headers.Location = new Uri("https://198.51.100.1/mirror/a");

        Assert.Equal(answer.Headers.Location, await redirects.FollowAsync(new Uri("https://203.0.113.7/data/a"), answer, "x", Token));
    }
}
