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

    [Fact]
    public async Task Azure_takes_packs_and_compressed_objects_and_everything_comes_back()
    {
        await PackedAsync($"azure://{AzuriteFixture.Container}/{Guid.NewGuid():n}",
            [("endpoint", azurite.Plain.Endpoint), ("account", AzuriteServer.Account), ("accountkey", AzuriteServer.Key)]);
    }

    /// <remarks>Against our own server, as above.</remarks>
    [Fact]
    public async Task Google_takes_packs_and_compressed_objects_and_everything_comes_back()
    {
        await using GcsServer server = GcsServer.Start();
        await PackedAsync("gs://bucket/project", [("endpoint", $"http://127.0.0.1:{server.Port}"), ("anonymous", "true")]);
    }

    [Fact]
    public async Task A_packed_compressed_mirror_on_a_web_server_is_pulled_listed_and_read_in_ranges()
    {
        await CreateAsync("storage", "../storage", [], largeMegabytes: 9, "--layout", "packed", "--compress", "zstd");
        await _sandbox.DvOkAsync(Here, "push");
        var files = new StaticHttpFiles();
        files.PutFolder("/mirror", _sandbox.At("storage"));
        using var server = new StaticHttpServer(files.Answer);
        await _sandbox.CloneAsync(Here, "there");
        await _sandbox.DvOkAsync(There, "remote", "modify", "--local", "storage", "url", $"{server.Address}/mirror");

        Ran listed = await _sandbox.DvOkAsync(There, "ls", "-R", "data");
        Ran small = await _sandbox.DvOkAsync(There, "cat", "data/text/3.txt", "--offset", "10", "--length", "30");
        Ran large = await _sandbox.DvOkAsync(There, "cat", "data/table.txt", "--offset", "5M", "--length", "40");
        long read = server.Sent;
        await _sandbox.DvOkAsync(There, "pull");

        Assert.Equal(26, listed.Output.Count(c => c == '\n'));
        Assert.Equal(Part("data/text/3.txt", 10, 30), small.Output);
        Assert.Equal(Part("data/table.txt", 5 << 20, 40), large.Output);
        Assert.InRange(read, 1000, 3 << 20);
        await ExpectSameAsync();
        Assert.All(server.Requests, r => Assert.Contains(r.Method, (string[])["GET", "HEAD"]));
    }

    // Small and large files, of text and of noise; the second pull from the cloud has an edit to bring.
    private async Task PackedAsync(string url, (string Option, string Value)[] options)
    {
        await CreateAsync("cloud", url, options, largeMegabytes: 66, "--layout", "packed", "--compress", "zstd");
        await _sandbox.DvOkAsync(Here, "push");
        await _sandbox.CloneAsync(Here, "there");
        await ConfigureAsync(There, "cloud", options);
        await _sandbox.DvOkAsync(There, "pull");
        await ExpectSameAsync();
        Sandbox.Write(Here, "data/text/3.txt", "edited");
        await _sandbox.DvOkAsync(Here, "add", "data");
        await _sandbox.CommitAsync(Here, "edit");
        await _sandbox.DvOkAsync(Here, "push");
        await _sandbox.GitAsync(There, "pull", "-q");

        await _sandbox.DvOkAsync(There, "pull");

        await ExpectSameAsync();
        await _sandbox.DvOkAsync(There, "status", "--remote", "--exit-code");
        Assert.Contains("packed, compressed with zstd", (await _sandbox.DvOkAsync(There, "remote", "test")).Output, StringComparison.Ordinal);
        await _sandbox.DvOkAsync(Here, "push", "--deep");
    }

    private string Part(string path, int offset, int length) => File.ReadAllText(Path.Combine(Here, path)).Substring(offset, length);

    private async Task JourneyAsync(FaultProxy line, string url, (string Option, string Value)[] options)
    {
        await CreateAsync("cloud", url, options);

        // Slow enough to be met there, however busy the machine is.
        line.Shape = new LineShape(RateUp: 100 << 20);
        await KillAtHalfAsync(Here, "push", () => line.Traffic.BytesUp);
        await _sandbox.DvOkAsync(Here, "push");
        // What one part at a time (or eight) had under way, and what both pushes ask.
        Assert.InRange(line.Traffic.BytesUp, (long)LargeMegabytes << 20, (LargeMegabytes + 80L) << 20);

        await _sandbox.CloneAsync(Here, "there");
        await ConfigureAsync(There, "cloud", options);
        line.Shape = new LineShape(RateDown: 100 << 20);
        long before = line.Traffic.BytesDown;
        await KillAtHalfAsync(There, "pull", () => line.Traffic.BytesDown - before);
        await _sandbox.DvOkAsync(There, "pull");
        Assert.InRange(line.Traffic.BytesDown - before, (long)LargeMegabytes << 20, (LargeMegabytes + 80L) << 20);
        await ExpectSameAsync();
        await _sandbox.DvOkAsync(There, "remote", "test");
    }

    private async Task CreateAsync(string remote, string url, (string Option, string Value)[] options, int largeMegabytes = LargeMegabytes, params string[] layout)
    {
        Directory.CreateDirectory(Path.Combine(Here, "data/small"));
        await _sandbox.GitAsync(Here, "init", "-q");
        await _sandbox.DvOkAsync(Here, "init", "-q");
        await _sandbox.DvOkAsync(Here, ["remote", "add", remote, url, .. layout]);
        await ConfigureAsync(Here, remote, options);
        var random = new Random(11);
        for (int i = 0; i < 12; i++)
            await WriteAsync($"data/small/{i}", 3000 + i);
        await WriteAsync("data/large.bin", largeMegabytes << 20);
        // What compressing pays for, where that is done.
        for (int i = 0; i < 12 && layout.Length > 0; i++)
            Sandbox.Write(Here, $"data/text/{i}.txt", Numbers(i * 1000, 2000));
        if (layout.Length > 0)
            Sandbox.Write(Here, "data/table.txt", Numbers(1_000_000, 1_200_000));
        await _sandbox.DvOkAsync(Here, "add", "data");
        await _sandbox.CommitAsync(Here, "data");

        static string Numbers(int from, int count) => string.Concat(Enumerable.Range(from, count).Select(i => $"{i}\n"));

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
