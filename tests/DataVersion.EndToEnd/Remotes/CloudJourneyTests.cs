using System.Diagnostics;
using DataVersion.Testing.Faults;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>Whole pushes and pulls over the other clouds, killed half way and gone on with; and a pull from a mirror that is a plain web server.</summary>
public sealed class CloudJourneyTests(AzuriteFixture azurite) : IDisposable
{
    private const int LargeMegabytes = 100;

    private readonly Sandbox _sandbox = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Here => _sandbox.At("here");

    private string There => _sandbox.At("there");

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Azure_killed_half_way_goes_on_and_everything_comes_back()
    {
        var server = new Uri(azurite.Plain.Endpoint);
        await using FaultProxy line = FaultProxy.ForHttp(server.Port);
        await JourneyAsync(line, $"azure://{AzuriteFixture.Container}/{Guid.NewGuid():n}",
            [("endpoint", $"http://127.0.0.1:{line.Port}{server.AbsolutePath}"), ("account", AzuriteServer.Account), ("accountkey", AzuriteServer.Key)]);
    }

    /// <remarks>Against our own server: Google has none that could be installed.</remarks>
    [Fact]
    public async Task Google_killed_half_way_goes_on_and_everything_comes_back()
    {
        await using GcsServer server = GcsServer.Start();
        await using FaultProxy line = FaultProxy.ForHttp(server.Port);
        await JourneyAsync(line, "gs://bucket/project", [("endpoint", $"http://127.0.0.1:{line.Port}"), ("anonymous", "true")]);
    }

    [Fact]
    public async Task A_mirror_on_a_web_server_is_pulled_from_and_never_pushed_to()
    {
        await CreateAsync("storage", "../storage", []);
        await _sandbox.DvOkAsync(Here, "push");
        var files = new StaticHttpFiles();
        files.PutFolder("/mirror", _sandbox.At("storage"));
        using var server = new StaticHttpServer(files.Answer);
        await _sandbox.CloneAsync(Here, "there");
        await _sandbox.DvOkAsync(There, "remote", "modify", "--local", "storage", "url", $"{server.Address}/mirror");

        await _sandbox.DvOkAsync(There, "pull");
        await _sandbox.DvOkAsync(There, "status", "--remote", "--exit-code");

        await ExpectSameAsync();
        Ran push = await _sandbox.DvAsync(There, "push", "--deep");
        Assert.NotEqual(0, push.ExitCode);
        Assert.Contains("read-only", push.Errors, StringComparison.Ordinal);
        Assert.All(server.Requests, r => Assert.Contains(r.Method, (string[])["GET", "HEAD"]));
    }

    private async Task JourneyAsync(FaultProxy line, string url, (string Option, string Value)[] options)
    {
        await CreateAsync("cloud", url, options);

        await KillAtHalfAsync(Here, "push", () => line.Traffic.BytesUp);
        await _sandbox.DvOkAsync(Here, "push");
        // What one part at a time (or eight) had under way, and what both pushes ask.
        Assert.InRange(line.Traffic.BytesUp, (long)LargeMegabytes << 20, (LargeMegabytes + 80L) << 20);

        await _sandbox.CloneAsync(Here, "there");
        await ConfigureAsync(There, "cloud", options);
        line.Shape = new LineShape(RateDown: 200 << 20);
        long before = line.Traffic.BytesDown;
        await KillAtHalfAsync(There, "pull", () => line.Traffic.BytesDown - before);
        await _sandbox.DvOkAsync(There, "pull");
        Assert.InRange(line.Traffic.BytesDown - before, (long)LargeMegabytes << 20, (LargeMegabytes + 80L) << 20);
        await ExpectSameAsync();
        await _sandbox.DvOkAsync(There, "remote", "test");
    }

    private async Task CreateAsync(string remote, string url, (string Option, string Value)[] options)
    {
        Directory.CreateDirectory(Path.Combine(Here, "data/small"));
        await _sandbox.GitAsync(Here, "init", "-q");
        await _sandbox.DvOkAsync(Here, "init", "-q");
        await _sandbox.DvOkAsync(Here, "remote", "add", remote, url);
        await ConfigureAsync(Here, remote, options);
        var random = new Random(11);
        for (int i = 0; i < 12; i++)
            await WriteAsync($"data/small/{i}", 3000 + i);
        await WriteAsync("data/large.bin", LargeMegabytes << 20);
        await _sandbox.DvOkAsync(Here, "add", "data");
        await _sandbox.CommitAsync(Here, "data");

        async Task WriteAsync(string path, int length)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            await File.WriteAllBytesAsync(Path.Combine(Here, path), bytes, Token);
        }
    }

    private async Task ConfigureAsync(string repository, string remote, (string Option, string Value)[] options)
    {
        foreach ((string option, string value) in options)
            await _sandbox.DvOkAsync(repository, "remote", "modify", "--local", remote, option, value);
    }

    private async Task ExpectSameAsync()
    {
        Assert.Equal(Sandbox.Snapshot(Path.Combine(Here, "data")), Sandbox.Snapshot(Path.Combine(There, "data")));
        await _sandbox.DvOkAsync(There, "verify");
    }

    private async Task KillAtHalfAsync(string folder, string command, Func<long> moved)
    {
        using Process process = _sandbox.Start(DvProgram.FilePath, folder, [command]);
        while (moved() < ((long)LargeMegabytes << 20) / 2)
        {
            Assert.False(process.HasExited, $"{command} ended before it could be killed: {(process.HasExited ? await process.StandardError.ReadToEndAsync(Token) : "")}");
            await Task.Delay(5, Token);
        }
        process.Kill();
        await process.WaitForExitAsync(Token);
    }
}
