using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using DataVersion.Serving;
using DataVersion.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace DataVersion.Tests.Serving;

/// <summary>A model server in the test's process, on a free port, with a folder of its own for temporary files.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StringWriter _log = new();
    private readonly WebApplication _server;

    private RunningServer(IEnumerable<(string Name, string Value)> variables)
    {
        var environment = new Dictionary<string, string> { ["MODEL_CACHE_DIR"] = _folder.At("cache"), ["MODEL_POLL_SECONDS"] = "0", ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" };
        foreach ((string name, string value) in variables)
            environment[name] = value;
        _server = ServingApplication.Create(["--urls", "http://127.0.0.1:0"], Host(environment));
        Client = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
    }

    internal HttpClient Client { get; }

    internal string Address => _server.Urls.Single();

    internal string CacheFolder => _folder.At("cache");

    internal string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts, and does not wait for the model.</summary>
    internal static async Task<RunningServer> StartAsync(params (string Name, string Value)[] variables)
    {
        var server = new RunningServer(variables);
        await server._server.StartAsync(Token);
        server.Client.BaseAddress = new Uri(server.Address);
        return server;
    }

    /// <summary>Starts, and waits for the model.</summary>
    internal static async Task<RunningServer> StartReadyAsync(params (string Name, string Value)[] variables)
    {
        RunningServer server = await StartAsync(variables);
        await server.WaitReadyAsync();
        return server;
    }

    internal T Get<T>() where T : notnull => _server.Services.GetRequiredService<T>();

    internal async Task WaitReadyAsync() => await WaitAsync(async () => (await GetAsync("/readyz")).Status == HttpStatusCode.OK);

    /// <summary>Looks again and again, for half a minute.</summary>
    internal async Task WaitAsync(Func<Task<bool>> happened)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await happened())
        {
            Assert.False(limit.IsCancellationRequested, $"it did not happen; the log: {Log}");
            await Task.Delay(20, Token);
        }
    }

    internal async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using HttpResponseMessage answer = await Client.GetAsync(new Uri(path, UriKind.Relative), Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    internal async Task<JsonNode> GetJsonAsync(string path) => JsonNode.Parse((await GetAsync(path)).Body)!;

    internal Task<(HttpStatusCode Status, JsonNode Body)> PredictAsync(string body) => PredictAsync(Encoding.UTF8.GetBytes(body));

    internal async Task<(HttpStatusCode Status, JsonNode Body)> PredictAsync(byte[] body)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using HttpResponseMessage answer = await Client.PostAsync(new Uri("/predict", UriKind.Relative), content, Token);
        string text = await answer.Content.ReadAsStringAsync(Token);
        Assert.Equal(answer.IsSuccessStatusCode ? "application/json" : "application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return (answer.StatusCode, JsonNode.Parse(text)!);
    }

    internal async Task<(HttpStatusCode Status, string Body)> ReloadAsync(string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/admin/reload", UriKind.Relative));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using HttpResponseMessage answer = await Client.SendAsync(request, Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    internal Task StopAsync() => _server.StopAsync(Token);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private ServingHost Host(Dictionary<string, string> environment) => new()
    {
        Environment = environment,
        WorkingDirectory = _folder.Path,
        Log = TextWriter.Synchronized(_log),
        TemporaryDirectory = _folder.Path,
        Version = "1.2.3",
    };
}
