using DataVersion.Tracking.Preflight;
using Xunit;

namespace DataVersion.Tests.Tracking.Preflight;

/// <summary>The table of NVIDIA's release notes, row by row: at a driver, below it, and between the two limits.</summary>
public sealed class CudaCompatibilityTests
{
    public static TheoryData<string, string, string> Rows => new()
    {
        { "12.0", "525.60.13", "525.60.13" }, { "12.0.1", "525.85.12", "525.60.13" },
        { "12.1", "530.30.02", "525.60.13" }, { "12.1.1", "530.30.02", "525.60.13" },
        { "12.2", "535.54.03", "525.60.13" }, { "12.2.1", "535.86.09", "525.60.13" }, { "12.2.2", "535.104.05", "525.60.13" },
        { "12.3", "545.23.06", "525.60.13" }, { "12.3.1", "545.23.08", "525.60.13" }, { "12.3.2", "545.23.08", "525.60.13" },
        { "12.4", "550.54.14", "525.60.13" }, { "12.4.1", "550.54.15", "525.60.13" },
        { "12.5", "555.42.02", "525.60.13" }, { "12.5.1", "555.42.06", "525.60.13" },
        { "12.6", "560.28.03", "525.60.13" }, { "12.6.1", "560.35.03", "525.60.13" }, { "12.6.2", "560.35.03", "525.60.13" }, { "12.6.3", "560.35.05", "525.60.13" },
        { "12.8", "570.26", "525.60.13" }, { "12.8.1", "570.124.06", "525.60.13" },
        { "12.9", "575.51.03", "525.60.13" }, { "12.9.1", "575.57.08", "525.60.13" },
        { "13.0", "580.65.06", "580.0" }, { "13.0.1", "580.82.07", "580.0" }, { "13.0.2", "580.95.05", "580.0" },
        { "13.1", "590.44.01", "580.0" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_row_holds_at_below_and_between_its_limits(string cuda, string full, string minimum)
    {
        CudaVersion needed = Cuda(cuda);

        Assert.Equal(GpuLevel.Ok, Judge(full, needed).Level);
        Assert.Equal(GpuLevel.Ok, Judge(Above(full), needed).Level);
        Assert.Equal(GpuLevel.Ok, Judge("999.0", needed).Level);
        Assert.Equal(full == minimum ? GpuLevel.Fail : GpuLevel.Warn, Judge(Below(full), needed).Level);
        Assert.Equal(full == minimum ? GpuLevel.Ok : GpuLevel.Warn, Judge(minimum, needed).Level);
        CudaJudgement old = Judge(Below(minimum), needed);
        Assert.Equal(GpuLevel.Fail, old.Level);
        Assert.Equal($"driver {Below(minimum)} is too old for CUDA {cuda}, which needs at least {minimum}", old.Rule);
        Assert.Contains($"to {full} or newer", old.Hint, StringComparison.Ordinal);
    }

    [Theory]
    // CUDA 11 has a minimum and no row: beyond it, the driver's own CUDA decides.
    [InlineData("11.8", "450.80.01", "11.0", GpuLevel.Fail)]
    [InlineData("11.8", "450.80.02", "11.0", GpuLevel.Warn)]
    [InlineData("11.8", "520.61.05", "11.8", GpuLevel.Ok)]
    [InlineData("11.8", "520.61.05", null, GpuLevel.Warn)]
    // Newer than the table.
    [InlineData("13.2", "590.44.01", "13.1", GpuLevel.Warn)]
    [InlineData("13.2", "600.10.01", "13.2", GpuLevel.Ok)]
    [InlineData("14.0", "590.44.01", "13.1", GpuLevel.Fail)]
    [InlineData("14.0", "700.10.01", "14.0", GpuLevel.Ok)]
    [InlineData("14.1", "700.10.01", "14.0", GpuLevel.Warn)]
    [InlineData("14.0", "700.10.01", null, GpuLevel.Warn)]
    // A driver whose version is not known.
    [InlineData("12.6", null, "12.6", GpuLevel.Ok)]
    [InlineData("12.6", null, "12.2", GpuLevel.Warn)]
    [InlineData("12.6", null, "11.8", GpuLevel.Fail)]
    [InlineData("12.6", null, null, GpuLevel.Warn)]
    public void Beyond_the_table_the_driver_s_own_cuda_decides(string cuda, string? driver, string? own, GpuLevel level) =>
        Assert.Equal(level, CudaCompatibility.Judge(Driver(driver, own), Cuda(cuda)).Level);

    [Fact]
    public void Minor_version_compatibility_is_named_with_what_it_lacks()
    {
        CudaJudgement judgement = Judge("535.104.05", Cuda("12.6.3"));

        Assert.Equal("minor-version compatibility: driver 535.104.05 runs CUDA 12.6.3, but no PTX of newer toolkits, and not all features", judgement.Rule);
        Assert.Equal("for all of CUDA 12.6.3, update the host's driver to 560.35.05 or newer", judgement.Hint);
    }

    [Theory]
    [InlineData("535.104.05", "12.8", "12.8", GpuLevel.Warn)]
    [InlineData("470.256.02", "12.8", "12.6", GpuLevel.Warn)]
    [InlineData("575.57.08", "12.9", "12.8", GpuLevel.Ok)]
    [InlineData("470.256.02", "12.4", "12.6", GpuLevel.Fail)]
    public void The_compatibility_package_lifts_a_driver_to_its_own_cuda(string driver, string compat, string needed, GpuLevel level)
    {
        GpuDriver with = Driver(driver, compat) with { CudaLibraryPath = "/usr/local/cuda/compat/libcuda.so.1" };

        Assert.Equal(level, CudaCompatibility.Judge(with, Cuda(needed)).Level);
    }

    [Theory]
    [InlineData("12.9", "5.2", true)]
    [InlineData("13.0", "7.5", true)]
    [InlineData("13.0", "7.0", false)]
    [InlineData("13.1", "6.1", false)]
    public void Cuda_13_needs_compute_capability_7_5(string cuda, string capability, bool runs)
    {
        string[] parts = capability.Split('.');

        Assert.Equal(runs, new ComputeCapability(parts[0][0] - '0', parts[1][0] - '0') >= CudaCompatibility.LeastCapability(Cuda(cuda)));
    }

    private static CudaJudgement Judge(string driver, CudaVersion needed) => CudaCompatibility.Judge(Driver(driver, null), needed);

    private static GpuDriver Driver(string? version, string? cuda) => new()
    {
        Version = version is null ? null : DriverVersion.Parse(version),
        Cuda = cuda is null ? null : Cuda(cuda),
    };

    private static CudaVersion Cuda(string text) => CudaVersion.TryParse(text, out CudaVersion? version) ? version.Value : throw new FormatException(text);

    private static string Above(string driver) => Move(driver, 1);

    private static string Below(string driver) => Move(driver, -1);

    // The nearest neighbour: 580.0 is followed by 580.1 and comes after 579.99.
    private static string Move(string driver, int by)
    {
        int[] parts = [.. driver.Split('.').Select(int.Parse)];
        if (parts[^1] + by >= 0)
            parts[^1] += by;
        else
            (parts[^2], parts[^1]) = (parts[^2] - 1, 99);
        return string.Join('.', parts.Select((p, i) => i == 0 ? $"{p}" : $"{p:00}"));
    }
}
