using System.Net;
using System.Security.Cryptography;
using DataVersion.Testing.Faults;
using Xunit;

namespace DataVersion.Tests.Remotes.Faults;

/// <summary>What the proxy does with HTTP exchanges.</summary>
public sealed class FaultProxyHttpTests : IAsyncDisposable
{
    private readonly MirrorServer _server = new();
    private readonly FaultProxy _proxy;
    private readonly HttpClient _client = new();

    public FaultProxyHttpTests() => _proxy = FaultProxy.ForHttp(_server.Port);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    [Theory]
    [InlineData("/plain", false, false)]
    [InlineData("/plain", true, false)]
    [InlineData("/chunked", false, true)]
    [InlineData("/chunked", true, true)]
    public async Task Exchanges_pass_unchanged_on_one_connection(string path, bool chunkedRequest, bool expectContinue)
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(700_000);
        for (int i = 0; i < 5; i++)
        {
            using HttpResponseMessage answer = await SendAsync(path, bytes, chunkedRequest, expectContinue);
            Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync(Token));
        }

        Assert.Equal(5, _proxy.Traffic.Requests);
        Assert.Equal(1, _proxy.Traffic.Connections);
    }

    [Fact]
    public async Task Heads_and_empty_answers_do_not_hold_the_connection_up()
    {
        using var head = new HttpRequestMessage(HttpMethod.Head, Url("/plain"));
        using HttpResponseMessage first = await _client.SendAsync(head, Token);
        using HttpResponseMessage second = await _client.GetAsync(Url("/plain"), Token);

        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal(1, _proxy.Traffic.Connections);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_storm_answers_in_place_of_the_server_and_passes(bool expectContinue)
    {
        _proxy.OnRequest(new ExchangeFault.Answers(503, RetryAfterSeconds: 7), after: 1, times: 3);
        var statuses = new List<int>();
        for (int i = 0; i < 5; i++)
        {
            using HttpResponseMessage answer = await SendAsync("/plain", new byte[10_000], expectContinue: expectContinue);
            statuses.Add((int)answer.StatusCode);
            Assert.Equal(answer.StatusCode == HttpStatusCode.OK ? null : TimeSpan.FromSeconds(7), answer.Headers.RetryAfter?.Delta);
        }

        Assert.Equal([200, 503, 503, 503, 200], statuses);
        Assert.Equal(2, _server.Requests.Count);
        Assert.Equal(5, _proxy.Traffic.Requests);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_request_is_sent_twice_and_answered_once(bool chunked, bool expectContinue)
    {
        _proxy.OnRequest(new ExchangeFault.SentTwice(), request => request.Target == "/twice");
        byte[] bytes = RandomNumberGenerator.GetBytes(400_000);

        using HttpResponseMessage answer = await SendAsync("/twice", bytes, chunked, expectContinue);
        Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync(Token));
        using HttpResponseMessage next = await SendAsync("/plain", bytes);

        Assert.Equal(["POST /twice 400000", "POST /twice 400000", "POST /plain 400000"], _server.Requests);
    }

    [Theory]
    [InlineData("/plain")]
    [InlineData("/chunked")]
    public async Task One_byte_of_an_answer_is_flipped(string path)
    {
        _proxy.OnRequest(new ExchangeFault.FlipsByte(300_000));
        byte[] bytes = RandomNumberGenerator.GetBytes(400_000);

        using HttpResponseMessage answer = await SendAsync(path, bytes);
        byte[] back = await answer.Content.ReadAsByteArrayAsync(Token);

        back[300_000] ^= 0x01;
        Assert.Equal(bytes, back);
    }

    [Fact]
    public async Task An_answer_ends_early()
    {
        _proxy.OnRequest(new ExchangeFault.Truncates(1234));
        using var request = new HttpRequestMessage(HttpMethod.Post, Url("/plain")) { Content = new ByteArrayContent(new byte[100_000]) };
        using HttpResponseMessage answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        await using Stream body = await answer.Content.ReadAsStreamAsync(Token);
        await body.ReadExactlyAsync(new byte[1234], Token);

        await Assert.ThrowsAnyAsync<IOException>(() => body.ReadExactlyAsync(new byte[1], Token).AsTask());
    }

    [Fact]
    public async Task An_answer_is_lost_after_the_work_was_done()
    {
        _proxy.OnRequest(new ExchangeFault.LosesAnswer());

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync("/plain", new byte[50_000], expectContinue: true));

        Assert.Equal(["POST /plain 50000"], _server.Requests);
        Assert.Equal(50_000, (await (await SendAsync("/plain", new byte[50_000])).Content.ReadAsByteArrayAsync(Token)).Length);
    }

    [Fact]
    public async Task An_answer_never_comes()
    {
        _proxy.OnRequest(new ExchangeFault.NeverAnswers(), request => request.Target == "/never");
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<HttpResponseMessage> stuck = _client.GetAsync(Url("/never"), giveUp.Token);

        using HttpResponseMessage other = await SendAsync("/plain", new byte[10]);
        Assert.False(stuck.IsCompleted);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stuck);
    }

    [Fact]
    public async Task An_upload_is_cut_in_its_middle()
    {
        _proxy.OnConnection(new ConnectionFault.CutAfter(200_000));

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync("/plain", new byte[1_000_000]));

        Assert.Equal(200_000, _proxy.Traffic.BytesUp);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Sixty_four_connections_with_latency_all_get_their_answers()
    {
        _proxy.Shape = LineShape.RoundTrip(TimeSpan.FromMilliseconds(20));

        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Token }, async (i, token) =>
        {
            using HttpResponseMessage answer = await SendAsync("/plain", new byte[i * 10]);
            Assert.Equal(i * 10, (await answer.Content.ReadAsByteArrayAsync(token)).Length);
        });

        Assert.Equal(400, _proxy.Traffic.Requests);
    }

    private Uri Url(string path) => new($"http://127.0.0.1:{_proxy.Port}{path}");

    private async Task<HttpResponseMessage> SendAsync(string path, byte[] bytes, bool chunked = false, bool expectContinue = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url(path)) { Content = new ByteArrayContent(bytes) };
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = expectContinue;
        return await _client.SendAsync(request, Token);
    }
}
