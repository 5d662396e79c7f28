using System.Collections;
using DataVersion.Tracking;
using DataVersion.Tracking.Preflight;
using Xunit;

namespace DataVersion.EndToEnd.Training;

/// <summary>The benchmark of the trainer's step on a GPU, where there is none.</summary>
public sealed class GpuBenchmarkTests : IDisposable
{
    private readonly Sandbox _box = new();

    /// <summary>Beside the program of these tests, as <see cref="DvProgram"/> is.</summary>
    private static string FilePath
    {
        get
        {
            var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            return Path.Combine(here.Parent!.Parent!.FullName, "DataVersion.Benchmarks", here.Name, OperatingSystem.IsWindows() ? "DataVersion.Benchmarks.exe" : "DataVersion.Benchmarks");
        }
    }

    public void Dispose() => _box.Dispose();

    [Fact]
    public async Task Without_a_GPU_it_says_so_in_a_line_and_ends_with_72()
    {
        Dictionary<string, string> environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "");
        Assert.SkipWhen(GpuProbe.Run(MachinePaths.Default, environment).IsUsable, "there is a GPU");

        Ran ran = await _box.RunAsync(FilePath, _box.Root, ["--training", "--provider", "cuda", "--in", _box.Root]);

        Assert.Equal(72, ran.ExitCode);
        Assert.StartsWith("no GPU can be used: ", ran.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(" at DataVersion", ran.Errors, StringComparison.Ordinal);
    }
}
