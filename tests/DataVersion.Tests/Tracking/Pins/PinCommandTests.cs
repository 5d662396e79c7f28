using System.Text.Json;
using DataVersion.Cli;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Pins;
using Xunit;

namespace DataVersion.Tests.Tracking.Pins;

/// <summary><c>dv pin</c>, as a user types it.</summary>
public sealed class PinCommandTests : IDisposable
{
    private readonly PinSandbox _box = new();

    private string PinFile => Path.Combine(_box.Git.Root, PinDocument.FileName);

    public void Dispose() => _box.Dispose();

    [Fact]
    public async Task The_pin_is_written_into_the_repositorys_root()
    {
        CliRun run = await CliRun.InAsync(Path.Combine(_box.Git.Root, "models"), "pin");
        CliRun again = await CliRun.InAsync(_box.Git.Root, "pin");

        Assert.Equal((ExitCodes.Done, $"pinned {_box.Head[..12]}: 2 items, 6 B → {PinFile}\n", ""), (run.Code, run.Output, run.Error));
        Assert.Equal(ExitCodes.Done, again.Code);
        PinDocument read = PinDocument.Parse(await File.ReadAllBytesAsync(PinFile, TestContext.Current.CancellationToken), PinFile);
        Assert.Equal(_box.Head, read.Pin.DataCommit);
        Assert.Equal(("origin", "s3://bucket/prefix", true), (read.Pin.Remotes[0].Name, read.Pin.Remotes[0].Url, read.Pin.Remotes[0].IsDefault));
        Assert.DoesNotContain("profile", await File.ReadAllTextAsync(PinFile, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_it_as_json()
    {
        CliRun run = await CliRun.InAsync(_box.Git.Root, "pin", "--json", "--output", "sub/p.json");
        Directory.CreateDirectory(Path.Combine(_box.Git.Root, "sub"));
        CliRun good = await CliRun.InAsync(_box.Git.Root, "pin", "--json", "--output", "sub/p.json");

        Assert.Equal(ExitCodes.Incomplete, run.Code);
        using JsonDocument json = JsonDocument.Parse(good.Output);
        Assert.Equal("file commit branch tags dirty items bytes sha256", string.Join(' ', json.RootElement.EnumerateObject().Select(m => m.Name)));
        Assert.Equal(Path.Combine(_box.Git.Root, "sub/p.json"), json.RootElement.GetProperty("file").GetString());
        Assert.False(json.RootElement.GetProperty("dirty").GetBoolean());
    }

    [Fact]
    public async Task A_pipeline_gets_its_hash_alone_also_where_there_is_a_warning()
    {
        _box.Git.Write("train.py", "print(2)\n");

        CliRun run = await CliRun.InAsync(_box.Git.Root, "pin", "--sha256", "-q");

        byte[] written = await File.ReadAllBytesAsync(PinFile, TestContext.Current.CancellationToken);
        Assert.Equal((ExitCodes.Done, $"{PinDocument.Parse(written, PinFile).Pin.PinSha256}\n"), (run.Code, run.Output));
        Assert.Contains("warning: the code is not as committed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dirty_code_is_warned_of_and_refused_in_ci_unless_allowed()
    {
        _box.Git.Write("train.py", "print(2)\n");

        CliRun here = await CliRun.InAsync(_box.Git.Root, "pin");
        int ci = await InCiAsync("pin");
        int allowed = await InCiAsync("pin", "--allow-dirty");

        Assert.Equal(ExitCodes.Done, here.Code);
        Assert.Equal("dv: warning: the code is not as committed: train.py (modified)\n", here.Error);
        Assert.Equal((ExitCodes.Usage, ExitCodes.Done), (ci, allowed));
        Assert.True(PinDocument.Parse(await File.ReadAllBytesAsync(PinFile, TestContext.Current.CancellationToken), PinFile).Pin.Dirty);
    }

    [Fact]
    public async Task Dirty_data_are_refused()
    {
        _box.WritePointer("data", "edited");

        CliRun run = await CliRun.InAsync(_box.Git.Root, "pin");

        Assert.Equal(ExitCodes.Usage, run.Code);
        Assert.StartsWith("dv: error: pointers are not as committed: data.dv (modified)\n", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(PinFile));
    }

    private async Task<int> InCiAsync(params string[] args)
    {
        CliHost host = CliRun.Host(_box.Git.Root, TextWriter.Null, TextWriter.Null);
        host = host with { Environment = new Dictionary<string, string>(host.Environment) { ["CI"] = "true" } };
        return await CliApplication.RunAsync(args, host, TestContext.Current.CancellationToken);
    }
}
