using System.Text;
using DataVersion.Testing;
using DataVersion.Testing.Servers;
using DataVersion.Tracking.Lineage;
using Xunit;

namespace DataVersion.Tests.Tracking.Lineage;

public sealed class LineageClientTests
{
    private const string Secret = "hunter2";
    private static readonly byte[] Event = Encoding.UTF8.GetBytes("{\"eventType\":\"START\"}");
    private readonly InstantClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_is_posted_with_the_key()
    {
        using var server = new FakeHttpServer(_ => FakeAnswer.Text(201, ""));
        Assert.Null(await SendAsync(server.Address, $"API_KEY={Secret}"));
        FakeRequest request = Assert.Single(server.Requests);
        Assert.Equal(("POST", "/api/v1/lineage", $"Bearer {Secret}", "application/json"),
            (request.Method, request.Path, request.Header("Authorization"), request.Header("Content-Type")));
        Assert.Equal(Event, request.Body);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(0)]
    public async Task What_may_pass_is_tried_twice_more(int status)
    {
        int asked = 0;
        using var server = new FakeHttpServer(_ => Interlocked.Increment(ref asked) < 3 ? Answer(status) : FakeAnswer.Text(200, ""));
        Assert.Null(await SendAsync(server.Address));
        Assert.Equal(3, asked);
        Assert.Equal(2, _clock.Waits.Count);
        Assert.All(_clock.Waits, wait => Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [InlineData(400, 1, "does not understand")]
    [InlineData(401, 1, "check OPENLINEAGE_API_KEY")]
    [InlineData(404, 1, "check OPENLINEAGE_URL")]
    [InlineData(302, 1, "sends us elsewhere")]
    [InlineData(503, 3, "answers 503")]
    [InlineData(0, 3, "the connection broke")]
    public async Task A_problem_is_told_without_secrets_and_is_no_exception(int status, int tries, string problem)
    {
        using var server = new FakeHttpServer(_ => Answer(status));
        string? text = await SendAsync(server.Address.Replace("http://", $"http://u:{Secret}@", StringComparison.Ordinal) + $"?code={Secret}", $"API_KEY={Secret}");
        Assert.Contains(problem, text, StringComparison.Ordinal);
        Assert.Contains($"{server.Address}/api/v1/lineage", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', text!);
        Assert.Equal(tries, server.Requests.Count);
    }

    [Fact]
    public async Task What_the_server_asks_to_wait_is_waited_for_but_not_long()
    {
        using var server = new FakeHttpServer(_ => FakeAnswer.Text(429, "", ("Retry-After", "3600")));
        Assert.NotNull(await SendAsync(server.Address));
        Assert.Equal([TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5)], _clock.Waits);
    }

    [Fact]
    public async Task A_silent_server_is_not_waited_for()
    {
        using var handler = new SilentHandler();
        using var client = new LineageClient(Settings("http://h.example"), _clock, new Random(1), handler, TimeSpan.FromMilliseconds(50));
        Assert.Contains("does not answer in time", await client.SendAsync(Event, Token), StringComparison.Ordinal);
        Assert.Equal(1, handler.Requests);
    }

    [Fact]
    public async Task Nothing_that_goes_wrong_gets_out()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        using var client = new LineageClient(Settings("http://h.example"), _clock, new Random(1), new SilentHandler());
        Assert.Contains("ended before", await client.SendAsync(Event, cancelled.Token), StringComparison.Ordinal);
        using var odd = new LineageClient(Settings("http://h.example"), _clock, new Random(1), new OddHandler());
        string? problem = await odd.SendAsync(Event, Token);
        Assert.Contains("InvalidOperationException", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, problem, StringComparison.Ordinal);
        Assert.Contains("nothing listens there", await SendAsync("http://127.0.0.1:1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_gets_one_line_for_each_event_whoever_else_writes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "other paths there");
        using var folder = new TempFolder();
        string file = folder.At("new/events.jsonl");
        string?[] problems = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(async () =>
        {
            using var client = new LineageClient(Settings($"file://{file}"), TimeProvider.System, Random.Shared);
            return await client.SendAsync(Event, Token);
        }, Token)));
        Assert.All(problems, Assert.Null);
        Assert.Equal(Enumerable.Repeat(Encoding.UTF8.GetString(Event), 10), await File.ReadAllLinesAsync(file, Token));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_a_problem()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "other paths there");
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.At("file"), "", Token);
        Assert.Contains("cannot be written", await SendAsync($"file://{folder.At("file/below.jsonl")}"), StringComparison.Ordinal);
    }

    private static FakeAnswer? Answer(int status) =>
        status == 0 ? null : FakeAnswer.Text(status, $"you sent {Secret}", ("Location", "http://127.0.0.1:1/elsewhere"));

    private static LineageSettings Settings(string url, params string[] more) => LineageSettings.From(
        more.Append($"URL={url}").Select(v => v.Split('=', 2)).ToDictionary(v => $"OPENLINEAGE_{v[0]}", v => v[1]))!;

    private async Task<string?> SendAsync(string url, params string[] more)
    {
        using var client = new LineageClient(Settings(url, more), _clock, new Random(1));
        return await client.SendAsync(Event, Token);
    }

    private sealed class SilentHandler : HttpMessageHandler
    {
        public int Requests { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException();
        }
    }

    private sealed class OddHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new InvalidOperationException(Secret);
    }
}
