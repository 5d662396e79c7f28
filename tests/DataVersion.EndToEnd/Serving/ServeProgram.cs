using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Xunit;

namespace DataVersion.EndToEnd.Serving;

/// <summary>The built <c>dv-serve</c>, running.</summary>
internal sealed class ServeProgram : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = new();

    private ServeProgram(Process process, int port)
    {
        _process = process;
        Port = port;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}") };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
                _log.Enqueue(text);
        };
        process.BeginErrorReadLine();
    }

    /// <summary>Beside the program of these tests, as <see cref="DvProgram"/> is.</summary>
    internal static string FilePath { get; } = Path.Combine(
        new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Parent!.FullName, "DataVersion.Serving",
        new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Name, OperatingSystem.IsWindows() ? "dv-serve.exe" : "dv-serve");

    internal int Port { get; }

    internal HttpClient Client { get; }

    internal Process Process => _process;

    internal string Log => string.Join('\n', _log);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    internal static ServeProgram Start(Sandbox box, params (string Name, string Value)[] variables)
    {
        int port = FreePort();
        (string, string)[] all = [("ASPNETCORE_HTTP_PORTS", port.ToString(CultureInfo.InvariantCulture)), ("MODEL_POLL_SECONDS", "0"), .. variables];
        return new ServeProgram(box.Start(FilePath, box.Root, [], all), port);
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The status; null where nobody listens.</summary>
    internal async Task<HttpStatusCode?> TryGetAsync(string path)
    {
        try
        {
            using HttpResponseMessage answer = await Client.GetAsync(new Uri(path, UriKind.Relative), Token);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    internal async Task WaitAsync(string path, HttpStatusCode status)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await TryGetAsync(path) != status)
        {
            Assert.False(limit.IsCancellationRequested || _process.HasExited, $"{path} is not {status}; the log: {Log}");
            await Task.Delay(10, Token);
        }
    }

    internal async Task<(HttpStatusCode Status, JsonNode Body)> PredictAsync(string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Client.PostAsync(new Uri("/predict", UriKind.Relative), content, Token);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!);
    }

    internal async Task<int> EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
