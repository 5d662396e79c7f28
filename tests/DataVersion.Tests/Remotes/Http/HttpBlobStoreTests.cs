using System.Text;
using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Remotes.Http;

/// <summary>Servers that refuse, break off, or answer with something else.</summary>
public sealed class HttpBlobStoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static byte[] Bytes { get; } = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))];

    private static StaticHttpAnswer Data() => new StaticHttpAnswer(200) { Body = Bytes }.With("Content-Type", "application/octet-stream");

    private static IBlobStore Open(StaticHttpServer server, params (string Name, string Value)[] options) =>
        RemoteStores.Open(RemoteContexts.Of($"{server.Address}/data", options));

    private static async Task<RemoteException> FailsAsync(StaticHttpAnswer answer)
    {
        using var server = new StaticHttpServer(_ => answer);
        IBlobStore store = Open(server);
        var error = await Assert.ThrowsAsync<RemoteException>(() => store.GetAsync("dv.json", cancellationToken: Token));
        Assert.Equal($"{server.Address}/data", error.Remote);
        return error;
    }

    [Fact]
    public async Task Nothing_is_written_deleted_or_listed()
    {
        using var server = new StaticHttpServer(_ => Data());
        IBlobStore store = Open(server);

        Assert.True(store.Traits.ReadOnly);
        Assert.Null(store.Parts);
        Assert.Contains("is read-only", (await Assert.ThrowsAsync<UsageException>(() => store.PutAsync("a", [1], cancellationToken: Token))).Message, StringComparison.Ordinal);
        Assert.Contains("is read-only", (await Assert.ThrowsAsync<UsageException>(() => store.DeleteAsync("a", null, Token))).Message, StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<RemoteException>(() => store.NamesAsync("", Token));
        Assert.Contains("this remote cannot be listed", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_web_page_is_no_object()
    {
        RemoteException error = await FailsAsync(StaticHttpAnswer.Text(200, "<html>Sign in</html>", "text/html; charset=utf-8"));

        Assert.Contains("cannot read 'dv.json': it answered with a web page", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task Compressed_bytes_are_not_taken_for_the_object()
    {
        using var server = new StaticHttpServer(request =>
            request.Header("Accept-Encoding") == "identity" ? Data().With("Content-Encoding", "gzip") : Data());

        var error = await Assert.ThrowsAsync<RemoteException>(() => Open(server).GetAsync("a", cancellationToken: Token));

        Assert.Contains("in the encoding 'gzip'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, false, true, false)]
    [InlineData(403, false, true, false)]
    [InlineData(429, true, false, true)]
    [InlineData(500, true, false, false)]
    [InlineData(503, true, false, true)]
    [InlineData(204, false, false, false)]
    [InlineData(206, false, false, false)]
    [InlineData(400, false, false, false)]
    public async Task Refusals_are_told_apart(int status, bool transient, bool denied, bool throttled)
    {
        RemoteException error = await FailsAsync(StaticHttpAnswer.Text(status, "no").With("Retry-After", "3"));

        Assert.Equal((transient, denied, throttled), (error.IsTransient, error.IsDenied, error.IsThrottled));
        Assert.Equal(TimeSpan.FromSeconds(3), error.RetryAfter);
        Assert.Contains($"{status}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_that_may_hide_a_missing_object_says_so() =>
        Assert.Contains("missing or denied", (await FailsAsync(new StaticHttpAnswer(403))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task What_is_gone_is_missing()
    {
        using var server = new StaticHttpServer(_ => StaticHttpAnswer.Text(410, "gone"));

        Assert.Null(await Open(server).StatAsync("a", Token));
        await Assert.ThrowsAsync<BlobNotFoundException>(() => Open(server).GetAsync("a", cancellationToken: Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99_999)]
    public async Task A_body_that_ends_early_is_an_error_and_no_end(long cut)
    {
        RemoteException error = await FailsAsync(Data() with { CutAfter = cut });

        Assert.True(error.IsTransient);
    }

    [Fact]
    public async Task A_part_that_ends_early_is_an_error_where_no_length_was_told()
    {
        using var server = new StaticHttpServer(_ =>
            new StaticHttpAnswer(206) { Body = Bytes.AsMemory(10, 50), WithoutLength = true }.With("Content-Range", "bytes 10-109/100000"));

        var error = await Assert.ThrowsAsync<RemoteException>(() => Open(server).GetAsync("a", new ByteRange(10, 100), Token));

        Assert.True(error.IsTransient);
        Assert.Contains("ended early", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bytes 11-110/100000")]
    [InlineData("bytes 10-110/100000")]
    [InlineData("bytes */100000")]
    public async Task Another_range_than_was_asked_for_is_refused(string range)
    {
        using var server = new StaticHttpServer(_ => new StaticHttpAnswer(206) { Body = Bytes.AsMemory(10, 100) }.With("Content-Range", range));

        var error = await Assert.ThrowsAsync<RemoteException>(() => Open(server).GetAsync("a", new ByteRange(10, 100), Token));

        Assert.Contains("another range", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_read_goes_on_where_it_stopped()
    {
        var files = new StaticHttpFiles();
        files.Put("/data/a", Bytes);
        int asked = 0;
        using var server = new StaticHttpServer(request => Interlocked.Increment(ref asked) == 1 ? files.Answer(request) with { CutAfter = 60_000 } : files.Answer(request));
        var store = new RetryingBlobStore(Open(server), new RetryOptions(), new Testing.InstantClock(), new Random(1));

        Assert.Equal(Bytes, await store.GetAsync("a", cancellationToken: Token));

        Assert.Equal(2, server.Requests.Count);
        // How much of the first answer arrived is the system's affair; what arrived is not asked for again.
        Assert.Matches(@"^bytes=\d+-$", server.Requests[1].Header("Range"));
    }

    [Fact]
    public async Task A_read_that_ends_early_does_not_drain_the_blob()
    {
        const long Mebibytes = 4096;
        using var server = new StaticHttpServer(_ => new StaticHttpAnswer(200) { Body = new byte[1 << 20], Repeat = Mebibytes });

        await using (Stream stream = await Open(server).OpenReadAsync("large", null, Token))
            await stream.ReadExactlyAsync(new byte[1000], Token);

        // What was under way in buffers, not the 4 GiB.
        Assert.InRange(server.Sent, 0, 64L << 20);
    }

    [Fact]
    public async Task Requests_are_counted()
    {
        var files = new StaticHttpFiles();
        files.Put("/data/a", Bytes);
        using var server = new StaticHttpServer(files.Answer);
        RemoteContext context = RemoteContexts.Of($"{server.Address}/data");
        IBlobStore store = RemoteStores.Open(context);

        await store.StatAsync("a", Token);
        await store.GetAsync("a", new ByteRange(5, 7), Token);

        Assert.Equal(2, context.Meter.Requests);
        Assert.Equal(["HEAD", "GET"], server.Requests.Select(r => r.Method));
        Assert.Equal("bytes=5-11", server.Requests[1].Header("Range"));
        Assert.Equal("anonymous", store.Access);
    }

    [Fact]
    public async Task A_login_is_sent_and_never_shown()
    {
        using var server = new StaticHttpServer(request => request.Header("Authorization") switch
        {
            "Basic dXNlcjpvcGVuIHNlc2FtZQ==" or "Bearer abracadabra" => Data(),
            _ => StaticHttpAnswer.Text(401, "who are you"),
        });

        Assert.Equal(Bytes, await Open(server, ("username", "user"), ("password", "open sesame")).GetAsync("a", cancellationToken: Token));
        Assert.Equal(Bytes, await Open(server, ("token", "abracadabra")).GetAsync("a", cancellationToken: Token));
        var nobody = await Assert.ThrowsAsync<RemoteException>(() => Open(server).GetAsync("a", cancellationToken: Token));
        Assert.Contains("needs a login", nobody.Hint, StringComparison.Ordinal);
        IBlobStore wrong = Open(server, ("token", "hocus-pocus"));
        var error = await Assert.ThrowsAsync<RemoteException>(() => wrong.GetAsync("a", cancellationToken: Token));
        Assert.True(error.IsDenied);
        Assert.Equal("option token", wrong.Access);
        Assert.DoesNotContain("hocus", $"{error} {error.Hint} {wrong.Access} {wrong.Location}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://data.example/x", "token=t", "in the clear")]
    [InlineData("https://data.example/x", "token=t;username=u", "contradict")]
    [InlineData("https://data.example/x", "password=p", "no username")]
    [InlineData("https://data.example/x", "token=a\u00e9\nb", "characters")]
    [InlineData("https://data.example/x", "region=r", "'region' means nothing")]
    public void Options_that_cannot_be_meant_are_refused(string url, string options, string problem)
    {
        (string, string)[] pairs = [.. options.Split(';').Select(o => (o.Split('=')[0], o.Split('=')[1]))];

        var error = Assert.Throws<UsageException>(() => RemoteStores.Open(RemoteContexts.Of(url, pairs)));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_in_one_line()
    {
        var server = new StaticHttpServer(_ => Data());
        IBlobStore store = Open(server);
        server.Dispose();

        var error = await Assert.ThrowsAsync<RemoteException>(() => store.StatAsync("a", Token));

        Assert.True(error.IsTransient);
        Assert.Contains("connection refused", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task Small_text_is_read_as_it_is()
    {
        using var server = new StaticHttpServer(_ => StaticHttpAnswer.Text(200, "{}", "application/json"));

        Assert.Equal("{}", Encoding.UTF8.GetString(await Open(server).GetAsync("dv.json", cancellationToken: Token)));
    }
}
