using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using DataVersion.Testing.Models;
using Xunit;

namespace DataVersion.EndToEnd.Serving;

/// <summary>The built server as a process: signals, exit codes, probes, users, what a whole dv repository gives it.</summary>
public sealed class ServingTests : IDisposable
{
    private readonly Sandbox _box = new();
    private readonly TinyModel _model = new();

    public void Dispose() => _box.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_listens_at_once_and_is_ready_when_the_model_is_there()
    {
        var watch = Stopwatch.StartNew();
        using var server = ServeProgram.Start(_box, ("MODEL_URI", _box.At("m")));

        await server.WaitAsync("/livez", HttpStatusCode.OK);
        TimeSpan listening = watch.Elapsed;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await server.TryGetAsync("/readyz"));
        Assert.Equal(1, (await ProbeAsync(server)).ExitCode);
        // It lives, with or without a model; where nobody listens, nobody does.
        Assert.Equal(0, (await ProbeAsync(server, "--livecheck")).ExitCode);
        Assert.Equal(1, (await _box.RunAsync(ServeProgram.FilePath, _box.Root, ["--livecheck"], ("ASPNETCORE_HTTP_PORTS", "1"))).ExitCode);
        _model.WriteTo(_box.At("m"));
        await server.WaitAsync("/readyz", HttpStatusCode.OK);

        Assert.Equal(0, (await ProbeAsync(server)).ExitCode);
        (_, JsonNode answer) = await server.PredictAsync("""{"amount":10,"merchant_category":"travel"}""");
        Assert.Equal(_model.Probability(10, "travel"), answer["predictions"]![0]!["probability"]!.GetValue<double>(), 1e-6);
        // The bar is 1.5 s; machines that run many tests at once are given more.
        Assert.True(listening < TimeSpan.FromSeconds(10), $"it took {listening}");
    }

    [Fact]
    public async Task On_SIGTERM_it_is_not_ready_answers_what_it_has_and_ends_well()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals");
        _model.WriteTo(_box.At("m"));
        using var server = ServeProgram.Start(_box, ("MODEL_URI", _box.At("m")), ("DRAIN_SECONDS", "10"));
        await server.WaitAsync("/readyz", HttpStatusCode.OK);
        int answered = 0, failed = 0;
        using var under = new CancellationTokenSource();
        Task load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!under.IsCancellationRequested)
            {
                if ((await server.PredictAsync("""{"amount":1}""")).Status == HttpStatusCode.OK)
                    Interlocked.Increment(ref answered);
                else
                    Interlocked.Increment(ref failed);
            }
        }, Token)));
        while (Volatile.Read(ref answered) < 100)
            await Task.Delay(5, Token);

        await _box.RunAsync("kill", _box.Root, ["-TERM", server.Process.Id.ToString(CultureInfo.InvariantCulture)]);

        await server.WaitAsync("/readyz", HttpStatusCode.ServiceUnavailable);
        int before = Volatile.Read(ref answered);
        while (Volatile.Read(ref answered) < before + 20)
            await Task.Delay(1, Token);
        // A balancer that sees that sends no more.
        await under.CancelAsync();
        await load;
        Assert.Equal(0, await server.EndAsync());
        Assert.Equal(0, failed);
        Assert.Contains("draining", server.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MODEL_URI", "")]
    [InlineData("MODEL_URI", "models:/a")]
    [InlineData("MAX_ROWS", "many")]
    public async Task A_mistake_in_the_settings_is_one_line_and_exit_code_2(string name, string value)
    {
        Ran ran = await _box.RunAsync(ServeProgram.FilePath, _box.Root, [], ("MODEL_URI", "/m"), (name, value));

        Assert.Equal(2, ran.ExitCode);
        Assert.Single(ran.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("dv-serve: error: ", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_one_line()
    {
        using var first = ServeProgram.Start(_box, ("MODEL_URI", _box.At("m")));
        await first.WaitAsync("/livez", HttpStatusCode.OK);

        Ran ran = await _box.RunAsync(ServeProgram.FilePath, _box.Root, [], ("MODEL_URI", "/m"), ("ASPNETCORE_HTTP_PORTS", first.Port.ToString(CultureInfo.InvariantCulture)));

        Assert.Equal(2, ran.ExitCode);
        Assert.Single(ran.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task What_dv_tracks_is_served_from_a_clone()
    {
        string repository = await _box.CreateRepositoryAsync();
        _model.WriteTo(Path.Combine(repository, "models/fraud"));
        await _box.DvOkAsync(repository, "add", "models/fraud");
        await _box.CommitAsync(repository, "a model");
        await _box.DvOkAsync(repository, "push");
        string clone = await _box.CloneAsync(repository, "clone");
        using var server = ServeProgram.Start(_box, ("MODEL_URI", "dv://models/fraud@main"), ("DV_REPO_DIR", clone), ("MODEL_CACHE_DIR", _box.At("cache")));

        await server.WaitAsync("/readyz", HttpStatusCode.OK);

        (_, JsonNode answer) = await server.PredictAsync("{}");
        Assert.Equal(_model.Sha256, answer["model"]!["sha256"]!.GetValue<string>());
        Assert.False(Directory.Exists(Path.Combine(clone, "models/fraud")));
    }

    [Fact]
    public async Task A_repository_that_may_only_be_read_is_served_with_files_in_the_cache_folder_only()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "needs root, to become nobody");
        string repository = await _box.CreateRepositoryAsync();
        _model.WriteTo(Path.Combine(repository, "models/fraud"));
        await _box.DvOkAsync(repository, "add", "models/fraud");
        await _box.CommitAsync(repository, "a model");
        await _box.DvOkAsync(repository, "push");
        Directory.Delete(Path.Combine(repository, ".git/dv/cache"), recursive: true);
        Directory.CreateDirectory(_box.At("cache"));
        await _box.RunAsync("chmod", _box.Root, ["-R", "a+rX", _box.Root]);
        await _box.RunAsync("chown", _box.Root, ["10001:10001", _box.At("cache")]);
        int port = ServeProgram.FreePort();
        using Process process = _box.Start("setpriv", _box.Root, ["--reuid=10001", "--regid=10001", "--clear-groups", ServeProgram.FilePath],
            ("MODEL_URI", "dv://models/fraud@main"), ("DV_REPO_DIR", repository), ("MODEL_CACHE_DIR", _box.At("cache")), ("TMPDIR", _box.At("cache")), ("HOME", "/nonexistent"),
            ("ASPNETCORE_HTTP_PORTS", port.ToString(CultureInfo.InvariantCulture)), ("DOTNET_BUNDLE_EXTRACT_BASE_DIR", _box.At("cache")));
        Task<string> log = process.StandardError.ReadToEndAsync(Token);
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}") };
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            HttpStatusCode? status = null;
            while (status != HttpStatusCode.OK && !limit.IsCancellationRequested && !process.HasExited)
            {
                try
                {
                    using HttpResponseMessage answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative), Token);
                    status = answer.StatusCode;
                }
                catch (HttpRequestException)
                {
                    await Task.Delay(20, Token);
                }
            }
            process.Kill();
            Assert.True(status == HttpStatusCode.OK, await log);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private Task<Ran> ProbeAsync(ServeProgram server, string what = "--healthcheck") =>
        _box.RunAsync(ServeProgram.FilePath, _box.Root, [what], ("ASPNETCORE_HTTP_PORTS", server.Port.ToString(CultureInfo.InvariantCulture)));
}
