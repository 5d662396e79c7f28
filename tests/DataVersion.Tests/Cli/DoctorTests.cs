using System.Text.Json;
using DataVersion.Cli;
using DataVersion.Testing;
using DataVersion.Testing.Native;
using Xunit;

namespace DataVersion.Tests.Cli;

/// <summary><c>dv doctor</c> as a user types it.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeMachine _machine = new();
    private readonly Dictionary<string, string> _variables;

    public DoctorTests()
    {
        Directory.CreateDirectory(_folder.At("r"));
        Directory.CreateDirectory(_folder.At("home"));
        _variables = new() { ["HOME"] = _folder.At("home"), ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" };
    }

    public void Dispose()
    {
        _machine.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Outside_of_a_repository_the_machine_is_looked_at()
    {
        CliRun run = await DoctorAsync();

        Assert.Equal(ExitCodes.Done, run.Code);
        Assert.Matches("(?m)^ok       git         git version", run.Output);
        Assert.Matches("(?m)^ok       repository  none here", run.Output);
        Assert.Matches("(?m)^ok       gpu         no NVIDIA driver on this machine: trainers use the CPU$", run.Output);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task A_repository_in_order_has_no_problem_and_is_left_as_it_was()
    {
        await DoAsync("init", "--no-git");
        File.WriteAllText(_folder.At("r/a.txt"), "a");
        await DoAsync("add", "a.txt");
        await DoAsync("remote", "add", "origin", "../store");
        string[] before = Files();

        CliRun run = await DoctorAsync("--json");

        Assert.Equal(ExitCodes.Done, run.Code);
        Dictionary<string, string> states = States(run);
        Assert.All((string[])["dv", "git", "user config", "repository", "settings", "remote", "cache", "links", "state", "files", "gpu"], name => Assert.Equal("ok", states[name]));
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task What_is_noteworthy_and_what_is_wrong_are_told_apart_each_with_a_remedy()
    {
        await DoAsync("init", "--no-git");
        File.AppendAllText(_folder.At("r/.dv/config"), "[cache]\n\tdir = /elsewhere\n");
        Directory.CreateDirectory(_folder.At("home/.config/dv/config"));
        _variables["PATH"] = "";

        CliRun run = await DoctorAsync();

        Assert.Equal(ExitCodes.Incomplete, run.Code);
        Assert.Matches("(?m)^warning  git         the git program is not on the PATH\n {21}\\(", run.Output);
        Assert.Matches("(?m)^problem  user config ", run.Output);
    }

    [Fact]
    public async Task A_setting_that_is_not_trusted_is_named_with_the_way_to_honour_it()
    {
        await DoAsync("init", "--no-git");
        File.AppendAllText(_folder.At("r/.dv/config"), "[cache]\n\tdir = /elsewhere\n");

        CliRun run = await DoctorAsync();

        Assert.Equal(ExitCodes.Done, run.Code);
        Assert.Matches("(?m)^warning  settings    .*is ignored, because it comes with the repository\n {21}\\(", run.Output);
        Assert.Matches("(?m)^warning  remote      there is none", run.Output);
    }

    [Fact]
    public async Task Broken_settings_are_a_problem_and_the_rest_is_looked_at_all_the_same()
    {
        await DoAsync("init", "--no-git");
        File.AppendAllText(_folder.At("r/.dv/config"), "[core]\n\tjobs = many\n");

        CliRun run = await DoctorAsync("--json");

        Assert.Equal(ExitCodes.Incomplete, run.Code);
        Dictionary<string, string> states = States(run);
        Assert.Equal(("problem", "ok", "ok"), (states["settings"], states["state"], states["gpu"]));
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_is_a_problem()
    {
        await DoAsync("init", "--no-git");
        File.WriteAllText(_folder.At("file"), "");
        await DoAsync("config", "cache.dir", _folder.At("file"), "--local");

        CliRun run = await DoctorAsync("--json");

        Assert.Equal(ExitCodes.Incomplete, run.Code);
        Assert.Equal("problem", States(run)["cache"]);
    }

    [Fact]
    public async Task A_required_gpu_that_is_not_there_ends_with_72()
    {
        CliRun human = await DoctorAsync("--require-gpu");
        CliRun json = await DoctorAsync("--gpu", "--require-gpu", "--json");
        CliRun gpu = await DoctorAsync("--gpu");

        Assert.Equal((ExitCodes.GpuUnavailable, ExitCodes.GpuUnavailable, ExitCodes.Done), (human.Code, json.Code, gpu.Code));
        Assert.Matches("(?m)^problem  gpu         no NVIDIA driver on this machine", human.Output);
        using JsonDocument document = JsonDocument.Parse(json.Output);
        Assert.False(document.RootElement.TryGetProperty("checks", out _));
        Assert.Equal(("no-driver", "CPU"), (document.RootElement.GetProperty("gpu").GetProperty("cause").GetString(), document.RootElement.GetProperty("gpu").GetProperty("provider").GetString()));
    }

    [Fact]
    public async Task A_usable_gpu_is_shown_as_one_block()
    {
        _machine.Complete();
        _variables["CUDA_VERSION"] = "12.6.2";

        CliRun run = await DoctorAsync("--gpu", "--require-gpu");

        Assert.Equal(ExitCodes.Done, run.Code);
        Assert.StartsWith("gpu         usable\nverdict     ok: driver 560.35.03 has all of CUDA 12.6.2\ndriver      560.35.03 (nvml), CUDA up to 12.6\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("\ndevice 0    NVIDIA H100 80GB HBM3, GPU-11111111-2222-3333-4444-555555555555, compute capability 9.0, 81559 MiB, MIG off\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gpu_that_is_there_and_cannot_be_used_is_a_problem()
    {
        _machine.Complete("470.256.02", 11040);
        _variables["CUDA_VERSION"] = "12.6.2";

        CliRun alone = await DoctorAsync("--gpu");
        CliRun required = await DoctorAsync("--gpu", "--require-gpu");
        _variables["CUDA_VISIBLE_DEVICES"] = "";
        CliRun hidden = await DoctorAsync("--gpu");

        Assert.Equal((ExitCodes.Incomplete, ExitCodes.GpuUnavailable, ExitCodes.Done), (alone.Code, required.Code, hidden.Code));
        Assert.Contains("verdict     fail: driver 470.256.02 is too old for CUDA 12.6.2, which needs at least 525.60.13\nhint ", alone.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_s_name_cannot_write_to_the_terminal()
    {
        _machine.Complete();
        _machine.AddNvml("560.35.03", 12060, new FakeGpu { Name = "\\033[2Jx" });

        CliRun run = await DoctorAsync("--gpu");

        Assert.Contains("\\u{1b}[2Jx", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', run.Output);
    }

    private static Dictionary<string, string> States(CliRun run)
    {
        using JsonDocument document = JsonDocument.Parse(run.Output);
        return document.RootElement.GetProperty("checks").EnumerateArray()
            .ToDictionary(c => c.GetProperty("name").GetString()!, c => c.GetProperty("state").GetString()!);
    }

    private string[] Files() => [.. Directory.EnumerateFileSystemEntries(_folder.At("r"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private async Task DoAsync(params string[] args)
    {
        CliRun run = await RunAsync(args);
        Assert.True(run.Code == ExitCodes.Done, run.ToString());
    }

    private Task<CliRun> DoctorAsync(params string[] args) => RunAsync(["doctor", .. args]);

    private async Task<CliRun> RunAsync(string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        CliHost host = CliRun.Host(_folder.At("r"), output, error) with { Environment = _variables, Machine = _machine.Paths };
        int code = await CliApplication.RunAsync(args, host, TestContext.Current.CancellationToken);
        return new CliRun(code, output.ToString(), error.ToString());
    }
}
