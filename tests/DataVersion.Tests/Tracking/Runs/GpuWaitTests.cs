using System.Text.Json;
using DataVersion.Cli;
using DataVersion.Testing;
using DataVersion.Testing.Native;
using DataVersion.Tests.Cli;
using Xunit;

namespace DataVersion.Tests.Tracking.Runs;

/// <summary>A GPU that waits for data is said to wait.</summary>
public sealed class GpuWaitTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeMachine _machine = new();

    public void Dispose()
    {
        _machine.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_stage_that_pulls_says_for_how_long_a_gpu_has_waited(bool hasGpu)
    {
        if (hasGpu)
            _machine.Complete();
        await RunAsync("init", "--no-git");
        File.WriteAllText(_folder.At("data.txt"), "data");
        await RunAsync("add", "data.txt");

        CliRun run = await RunAsync("run", "--allow-unpinned", "--", "true");
        CliRun list = await RunAsync("runs", "--json");

        string pull = run.Error.Split('\n').First(l => l.StartsWith("dv run: pull ", StringComparison.Ordinal));
        using var runs = JsonDocument.Parse(list.Output);
        CliRun show = await RunAsync("runs", "show", runs.RootElement.GetProperty("runs")[0].GetProperty("run").GetString()!, "--json");
        using var record = JsonDocument.Parse(show.Output);
        JsonElement idle = record.RootElement.GetProperty("gpu").GetProperty("idleSecondsDuringPull");
        if (hasGpu)
            Assert.Matches(@"; GPU idle for \d+\.\d s$", pull);
        else
            Assert.DoesNotContain("GPU", pull, StringComparison.Ordinal);
        Assert.Equal(hasGpu, idle.ValueKind == JsonValueKind.Number && idle.GetDouble() >= 0);
    }

    private async Task<CliRun> RunAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        CliHost host = CliRun.Host(_folder.Path, output, error) with { Machine = _machine.Paths };
        int code = await CliApplication.RunAsync(args, host, TestContext.Current.CancellationToken);
        Assert.True(code == 0, error.ToString());
        return new CliRun(code, output.ToString(), error.ToString());
    }
}
