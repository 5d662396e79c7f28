using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using DataVersion.Serving;
using DataVersion.Testing.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace DataVersion.Benchmarks;

/// <summary>The model server (docs/serving.md): time to listen, requests per second and latency beside an empty handler, memory over a million requests.</summary>
internal sealed partial class ServingBenchmark(string scratch, string program, string? model)
{
    private const string Row = """{"rows":[{"amount":12.5,"merchant_category":"grocery"}]}""";

    /// <summary>The argument that makes this program the server.</summary>
    internal const string ServerVerb = "serve-with-empty-handler";

    /// <summary>The model server with <c>POST /benchmark/empty</c>.</summary>
    internal static async Task<int> ServeAsync()
    {
        var host = new ServingHost
        {
            Environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? ""),
            WorkingDirectory = Environment.CurrentDirectory,
            Log = Console.Error,
            TemporaryDirectory = Path.GetTempPath(),
        };
        await using WebApplication server = ServingApplication.Create([], host);
        server.MapPost("/benchmark/empty", context =>
        {
            context.Response.ContentLength = 0;
            return Task.CompletedTask;
        });
        await server.RunAsync();
        return 0;
    }

    internal async Task RunAsync(long many)
    {
        string folder = model ?? Path.Combine(scratch, "model");
        if (model is null)
            new TinyModel().WriteTo(folder);
        await ListenAsync(folder);
        int port = FreePort();
        // The same server, in this program: an empty handler stands beside the others there.
        using Process server = Start(Environment.ProcessPath!, folder, port, ServerVerb);
        using HttpClient client = Client(port);
        try
        {
            await WaitAsync(client, "/readyz");
            string body = model is null ? Row : "{}";
            await new ServingLoad(port, "/predict", body).RunAsync(8, 30_000);
            await new ServingLoad(port, "/benchmark/empty", body).RunAsync(8, 30_000);
            Line($"\n| connections | | requests/s | median ms | p99 ms | processor µs | failed |\n|---|---|---|---|---|---|---|");
            foreach (int connections in (int[])[1, 8, 32])
                await CompareAsync(server, port, connections, body);
            await MemoryAsync(client, port, body, many);
        }
        finally
        {
            server.Kill();
        }
    }

    // In turn, in many short rounds: whatever else the machine does hits both. Processor time of the server tells what that hardly touches.
    private static async Task CompareAsync(Process server, int port, int connections, string body)
    {
        const int Rounds = 15;
        string[] paths = ["/benchmark/empty", "/predict"];
        var results = paths.ToDictionary(p => p, _ => new List<LoadResult>());
        var processor = paths.ToDictionary(p => p, _ => 0.0);
        long requests = connections == 1 ? 4_000 : 12_000;
        for (int round = 0; round < Rounds; round++)
        {
            foreach (string path in paths)
            {
                server.Refresh();
                TimeSpan before = server.TotalProcessorTime;
                results[path].Add(await new ServingLoad(port, path, body).RunAsync(connections, requests));
                server.Refresh();
                processor[path] += (server.TotalProcessorTime - before).TotalMicroseconds / (requests * Rounds);
            }
        }
        foreach (string path in paths)
        {
            Line($"| {connections} | {path} | {Middle(results[path].Select(r => r.PerSecond)):#,0} | {Middle(results[path].Select(r => r.Percentile(0.5))):0.000} | {Middle(results[path].Select(r => r.Percentile(0.99))):0.000} | {processor[path]:0.0} | {results[path].Sum(r => r.Failed)} |");
        }
        IEnumerable<(LoadResult Empty, LoadResult Predict)> pairs = results[paths[0]].Zip(results[paths[1]]);
        Line($"| {connections} | overhead (median of {Rounds} pairs) | {Middle(pairs.Select(p => p.Empty.PerSecond / p.Predict.PerSecond)) - 1:P0} | | {Middle(pairs.Select(p => p.Predict.Percentile(0.99) / p.Empty.Percentile(0.99))) - 1:P0} | {(processor[paths[1]] / processor[paths[0]]) - 1:P0} | |");
    }

    private static double Middle(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private static async Task MemoryAsync(HttpClient client, int port, string body, long requests)
    {
        Line($"\n| requests | resident MiB |\n|---|---|\n| before | {await ResidentAsync(client):0} |");
        for (int part = 1; part <= 4; part++)
        {
            LoadResult result = await new ServingLoad(port, "/predict", body).RunAsync(8, requests / 4);
            Line($"| {requests / 4 * part:#,0} | {await ResidentAsync(client):0} | {(result.Failed == 0 ? "" : $"{result.Failed} failed")}");
        }
    }

    private async Task ListenAsync(string folder)
    {
        var listening = new List<double>();
        var ready = new List<double>();
        for (int run = 0; run < 7; run++)
        {
            int port = FreePort();
            using HttpClient client = Client(port);
            var watch = Stopwatch.StartNew();
            using Process server = Start(program, folder, port);
            await WaitAsync(client, "/livez");
            listening.Add(watch.Elapsed.TotalSeconds);
            await WaitAsync(client, "/readyz");
            ready.Add(watch.Elapsed.TotalSeconds);
            server.Kill();
        }
        Line($"listens after {listening.Order().ElementAt(3):0.00} s, is ready after {ready.Order().ElementAt(3):0.00} s (medians of 7)");
    }

    private Process Start(string file, string folder, int port, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardError = true };
        start.Environment["MODEL_URI"] = folder;
        start.Environment["MODEL_CACHE_DIR"] = Path.Combine(scratch, "cache");
        start.Environment["ASPNETCORE_HTTP_PORTS"] = port.ToString(CultureInfo.InvariantCulture);
        Process process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync();
        return process;
    }

    internal static HttpClient Client(int port) => new() { BaseAddress = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}") };

    internal static async Task WaitAsync(HttpClient client, string path)
    {
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri(path, UriKind.Relative));
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(2);
            }
        }
    }

    private static async Task<double> ResidentAsync(HttpClient client) =>
        double.Parse(Resident().Match(await client.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Groups[1].Value, CultureInfo.InvariantCulture) / (1 << 20);

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"(?m)^process_resident_memory_bytes (\S+)")]
    private static partial Regex Resident();
}
