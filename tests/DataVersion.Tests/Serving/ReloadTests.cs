using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using DataVersion.Serving.Http;
using DataVersion.Testing;
using DataVersion.Testing.Models;
using DataVersion.Testing.Servers;
using DataVersion.Tracking.Models;
using Xunit;

namespace DataVersion.Tests.Serving;

public sealed class ReloadTests : IDisposable
{
    private const string Secret = "let me in";
    private readonly TempFolder _folder = new();
    private readonly TinyModel _first = new();
    private readonly TinyModel _second = new(1);

    public ReloadTests() => _first.WriteTo(_folder.At("m"));

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private (string Name, string Value)[] Variables => [("MODEL_URI", _folder.At("m")), ("ADMIN_TOKEN", Secret)];

    [Fact]
    public async Task A_reload_exchanges_the_model()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync(Variables);
        _second.WriteTo(_folder.At("m"));

        (HttpStatusCode status, string body) = await server.ReloadAsync(Secret);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(_second.Sha256, JsonNode.Parse(body)!["model"]!["sha256"]!.GetValue<string>());
        Assert.Equal(_first.Sha256, JsonNode.Parse(body)!["before"]!["sha256"]!.GetValue<string>());
        (_, JsonNode answer) = await server.PredictAsync("{}");
        Assert.Equal(_second.Probability(0), answer["predictions"]![0]!["probability"]!.GetValue<double>(), 1e-6);
        Assert.Equal(_second.Sha256, answer["model"]!["sha256"]!.GetValue<string>());
        // What a model is loaded from lies there while it is loaded only.
        Assert.Empty(Directory.EnumerateFileSystemEntries(server.CacheFolder));
    }

    [Fact]
    public async Task Nobody_reloads_without_the_token()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync(Variables);
        await using RunningServer closed = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")));
        _second.WriteTo(_folder.At("m"));

        Assert.Equal(HttpStatusCode.Unauthorized, (await server.ReloadAsync(null)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.ReloadAsync("let me out")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await closed.ReloadAsync("")).Status);
        Assert.Equal(_first.Sha256, (await server.GetJsonAsync("/model"))["sha256"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_token_may_lie_in_a_file_that_is_exchanged()
    {
        await File.WriteAllTextAsync(_folder.At("token"), "one\n", Token);
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")), ("ADMIN_TOKEN_FILE", _folder.At("token")));
        Assert.Equal(HttpStatusCode.OK, (await server.ReloadAsync("one")).Status);

        await File.WriteAllTextAsync(_folder.At("token"), "two\n", Token);

        Assert.Equal(HttpStatusCode.Forbidden, (await server.ReloadAsync("one")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.ReloadAsync("two")).Status);
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_leaves_the_one_before_it()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync(Variables);
        foreach ((byte[] onnx, byte[] signature, string problem) in new[]
        {
            ("no model"u8.ToArray(), _first.Signature.ToBytes(), "is corrupt"),
            (_second.Onnx, _first.Signature.ToBytes(), "is corrupt"),
            (_first.Onnx, "{}"u8.ToArray(), "signature.json"),
            ("no model"u8.ToArray(), Signed("no model"u8.ToArray()).ToBytes(), "ONNX Runtime cannot load it"),
            (_first.Onnx, (_first.Signature with { Inputs = [.. _first.Signature.Inputs.Take(1)] }).ToBytes(), "an input 'merchant_category' that the signature does not name"),
            (_first.Onnx, (_first.Signature with { Output = "chance" }).ToBytes(), "no float output 'chance'"),
        })
        {
            await File.WriteAllBytesAsync(_folder.At("m/model.onnx"), onnx, Token);
            await File.WriteAllBytesAsync(_folder.At("m/signature.json"), signature, Token);

            (HttpStatusCode status, string body) = await server.ReloadAsync(Secret);

            Assert.Equal(HttpStatusCode.BadGateway, status);
            Assert.Contains(problem, JsonNode.Parse(body)!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/readyz")).Status);
            (_, JsonNode answer) = await server.PredictAsync("{}");
            Assert.Equal(_first.Sha256, answer["model"]!["sha256"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_second_reload_at_the_same_time_is_a_conflict()
    {
        using var registry = new RegistrySandbox();
        await registry.RegisterAsync(_first);
        await using RunningServer server = await RunningServer.StartReadyAsync([("MODEL_URI", "models:/fraud/1"), ("ADMIN_TOKEN", Secret), .. registry.Variables]);
        registry.Server.Fail(new MlflowServerFault { Kind = MlflowServerFaultKind.Delay, Delay = TimeSpan.FromSeconds(1), Times = 1 });

        HttpStatusCode[] answers = [.. (await Task.WhenAll(server.ReloadAsync(Secret), server.ReloadAsync(Secret))).Select(a => a.Status).Order()];

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers);
    }

    [Fact]
    public async Task No_request_of_ten_thousand_fails_while_models_are_exchanged()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync(Variables);
        const int Requests = 10_000;
        int left = Requests, failed = 0, reloads = 0;
        var wrong = new System.Collections.Concurrent.ConcurrentBag<string>();
        Dictionary<string, double> known = new() { [_first.Sha256] = _first.Probability(7), [_second.Sha256] = _second.Probability(7) };

        async Task SendAsync()
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                (HttpStatusCode status, JsonNode answer) = await server.PredictAsync("""{"amount":7}""");
                if (status != HttpStatusCode.OK)
                    Interlocked.Increment(ref failed);
                else if (Math.Abs(known[answer["model"]!["sha256"]!.GetValue<string>()] - answer["predictions"]![0]!["probability"]!.GetValue<double>()) > 1e-6)
                    wrong.Add(answer.ToJsonString());
            }
        }

        Task[] senders = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(SendAsync, Token))];
        while (!Task.WhenAll(senders).IsCompleted)
        {
            (reloads % 2 == 0 ? _second : _first).WriteTo(_folder.At("m"));
            Assert.Equal(HttpStatusCode.OK, (await server.ReloadAsync(Secret)).Status);
            reloads++;
        }
        await Task.WhenAll(senders);

        Assert.Equal(0, failed);
        Assert.Empty(wrong);
        Assert.True(reloads >= 5, $"{reloads} reloads");
    }

    [Fact]
    public async Task A_server_that_ends_is_not_ready_at_once_and_answers_what_has_begun()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync([("DRAIN_SECONDS", "8"), .. Variables]);
        // A request whose body is still to come.
        using var body = new SlowBody();
        using var content = new StreamContent(body) { Headers = { ContentType = new("application/json") } };
        Task<HttpResponseMessage> begun = server.Client.PostAsync(new Uri("/predict", UriKind.Relative), content, Token);
        await server.WaitAsync(async () => (await server.GetAsync("/metrics")).Body.Contains("dv_serve_requests_in_flight 2", StringComparison.Ordinal));

        Task drained = server.Get<ServingLifetime>().DrainAsync("test");

        (HttpStatusCode status, string answer) = await server.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("draining", JsonNode.Parse(answer)!["status"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, (await server.PredictAsync("{}")).Status);
        await drained;
        Task stopped = server.StopAsync();
        body.Send("""{"amount":1}""");
        using HttpResponseMessage late = await begun;
        Assert.Equal(HttpStatusCode.OK, late.StatusCode);
        await stopped;
        await Assert.ThrowsAsync<HttpRequestException>(() => server.GetAsync("/livez"));
    }

    [Fact]
    public async Task Beyond_the_limit_of_concurrency_requests_wait_and_beyond_the_queue_they_are_refused()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync([("MAX_CONCURRENCY", "1"), ("MAX_QUEUE", "1"), ("MAX_ROWS", "100000"), ("MAX_BODY_BYTES", "100000000"), .. Variables]);
        byte[] large = Encoding.UTF8.GetBytes($$"""{"rows":[{{string.Join(',', Enumerable.Repeat("""{"amount":1,"merchant_category":"travel"}""", 60_000))}}]}""");

        // Where the machine is so busy that the requests come one after another, none is refused: then they come again.
        var answers = new List<HttpStatusCode>();
        for (int round = 0; round < 20 && !answers.Contains(HttpStatusCode.TooManyRequests); round++)
            answers.AddRange((await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => server.PredictAsync(large)))).Select(a => a.Status));

        Assert.Contains(HttpStatusCode.OK, answers);
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        Assert.All(answers, a => Assert.True(a is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, a.ToString()));
        Assert.Equal(HttpStatusCode.OK, (await server.PredictAsync("{}")).Status);
    }

    [Fact]
    public async Task A_request_that_takes_too_long_is_given_up()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync([("PREDICT_TIMEOUT_MS", "150"), .. Variables]);
        // HttpClient waits until it has sent its body; this client never does.
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(server.Address).Port, Token);
        await client.GetStream().WriteAsync("POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"u8.ToArray(), Token);
        using var reader = new StreamReader(client.GetStream());

        Assert.Equal("HTTP/1.1 503 Service Unavailable", await reader.ReadLineAsync(Token));
        var headers = new List<string>();
        while (await reader.ReadLineAsync(Token) is { Length: > 0 } line)
            headers.Add(line);
        Assert.Contains("Content-Type: application/problem+json", headers);
        Assert.Equal(HttpStatusCode.OK, (await server.PredictAsync("{}")).Status);
    }

    private ModelSignature Signed(byte[] onnx) => _first.Signature with { ModelSha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(onnx)) };

    /// <summary>A body that ends when the test says so.</summary>
    private sealed class SlowBody : MemoryStream
    {
        private readonly TaskCompletionSource<byte[]> _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _read;

        public override bool CanSeek => false;

        internal void Send(string text) => _sent.TrySetResult(Encoding.UTF8.GetBytes(text));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_read)
                return 0;
            byte[] bytes = await _sent.Task.WaitAsync(cancellationToken);
            _read = true;
            bytes.CopyTo(buffer);
            return bytes.Length;
        }

        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            await destination.FlushAsync(cancellationToken);
            await destination.WriteAsync(await _sent.Task.WaitAsync(cancellationToken), cancellationToken);
        }
    }
}
