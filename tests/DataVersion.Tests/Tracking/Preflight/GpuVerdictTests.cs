using System.Buffers;
using System.Text;
using System.Text.Json;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Preflight;
using Xunit;

namespace DataVersion.Tests.Tracking.Preflight;

/// <summary>What follows from reports that are made here, and how they are shown.</summary>
public sealed class GpuVerdictTests
{
    private static GpuReport Fine => new()
    {
        Driver = new GpuDriver
        {
            Version = DriverVersion.Parse("535.104.05"),
            Source = DriverSource.Nvml,
            Cuda = new CudaVersion(12, 2),
            HasCudaLibrary = true,
            CudaLibraryPath = "/usr/lib/x86_64-linux-gnu/libcuda.so.1",
            HasNvml = true,
        },
        ImageCuda = new CudaVersion(12, 2, 2),
        CudaRuntime = new GpuLibrary(true, "/usr/local/cuda/lib64/libcudart.so.12", "12.2"),
        RuntimeCuda = new CudaVersion(12, 2),
        Cudnn = new GpuLibrary(true, "/usr/lib/x86_64-linux-gnu/libcudnn.so.9", "9.5.1"),
        OnnxRuntime = new GpuLibrary(true, "/app/libonnxruntime.so", "1.20.1"),
        OnnxProviders = ["CPU", "CUDA"],
        Devices =
        [
            new GpuDevice { Uuid = "GPU-a", Name = "NVIDIA A100-SXM4-40GB", Capability = new ComputeCapability(8, 0), MemoryMiB = 40960, Mig = true },
            new GpuDevice { Uuid = "GPU-b", Name = "Tesla V100-SXM2-16GB", Capability = new ComputeCapability(7, 0), MemoryMiB = 16384 },
        ],
        Nodes = [new GpuNode("/dev/nvidia-uvm", true, null), new GpuNode("/dev/nvidia0", true, 0), new GpuNode("/dev/nvidia1", true, 1), new GpuNode("/dev/nvidiactl", true, null)],
        NvidiaVisibleDevices = "all",
        NvidiaDriverCapabilities = "compute,utility",
        SharedMemoryBytes = 8L << 30,
    };

    [Fact]
    public void All_is_well() => Assert.Equal((GpuLevel.Ok, GpuCause.None, true, "CUDA"), (Fine.Verdict.Level, Fine.Verdict.Cause, Fine.IsUsable, Fine.Provider));

    [Fact]
    public void The_newer_of_image_and_runtime_is_what_is_needed()
    {
        GpuReport newer = Fine with { RuntimeCuda = new CudaVersion(12, 6) };
        GpuReport older = Fine with { ImageCuda = new CudaVersion(12, 8, 1) };

        Assert.Contains("CUDA 12.6,", newer.Reason, StringComparison.Ordinal);
        Assert.Contains("CUDA 12.8.1,", older.Reason, StringComparison.Ordinal);
        Assert.Equal(GpuLevel.Warn, newer.Verdict.Level);
    }

    [Fact]
    public void Nothing_needed_is_nothing_to_fail_on()
    {
        GpuReport report = Fine with { ImageCuda = null, RuntimeCuda = null };

        Assert.Equal((GpuLevel.Ok, "driver 535.104.05 is here; nothing says which CUDA the trainer uses (up to 12.2 is fine)"), (report.Verdict.Level, report.Reason));
    }

    [Fact]
    public void Devices_that_cuda_13_has_dropped_are_a_warning_beside_others_and_a_failure_alone()
    {
        GpuReport report = Fine with { Driver = Fine.Driver with { Version = DriverVersion.Parse("580.95.05"), Cuda = new CudaVersion(13, 0) }, ImageCuda = new CudaVersion(13, 0, 2) };

        GpuReport alone = report with { Devices = [report.Devices[1]] };

        Assert.Contains("V100", Assert.Single(report.Verdict.Warnings).Text, StringComparison.Ordinal);
        Assert.Equal((GpuLevel.Warn, true), (report.Verdict.Level, report.IsUsable));
        Assert.Equal((GpuCause.DeviceTooOld, "CUDA 13.0.2 needs compute capability 7.5, and Tesla V100-SXM2-16GB has 7.0"), (alone.Verdict.Cause, alone.Reason));
    }

    [Fact]
    public void A_device_of_unknown_age_is_given_a_chance()
    {
        GpuReport report = Fine with { Driver = Fine.Driver with { Version = DriverVersion.Parse("580.95.05") }, ImageCuda = new CudaVersion(13, 0), Devices = [new GpuDevice()] };

        Assert.True(report.IsUsable);
    }

    [Theory]
    [InlineData("/dev/nvidiactl", GpuLevel.Fail)]
    [InlineData("/dev/nvidia-uvm", GpuLevel.Fail)]
    [InlineData("/dev/nvidia1", GpuLevel.Warn)]
    [InlineData("/dev/nvidia-modeset", GpuLevel.Ok)]
    public void A_node_without_permission_counts_as_much_as_it_is_needed(string path, GpuLevel level)
    {
        GpuReport report = Fine with { Nodes = [.. Fine.Nodes.Append(new GpuNode("/dev/nvidia-modeset", true, null)).Select(n => n with { IsUsable = n.Path != path })] };

        Assert.Equal(level, report.Verdict.Level);
    }

    [Fact]
    public void Nodes_without_permission_explain_why_no_device_is_seen()
    {
        GpuReport report = Fine with { Devices = [], Nodes = [new GpuNode("/dev/nvidia0", false, 0), new GpuNode("/dev/nvidiactl", true, null)] };

        Assert.Equal((GpuCause.NoPermission, "this user may not use /dev/nvidia0"), (report.Verdict.Cause, report.Reason));
    }

    [Fact]
    public void Nodes_without_permission_fail_where_all_and_warn_where_some_are()
    {
        GpuReport all = Fine with { Nodes = [.. Fine.Nodes.Select(n => n with { IsUsable = false })] };
        GpuReport one = Fine with { Nodes = [.. Fine.Nodes.Select(n => n with { IsUsable = n.Minor != 1 })] };
        GpuReport none = Fine with { Nodes = [] };

        Assert.Equal((GpuCause.NoPermission, "this user may not use /dev/nvidia-uvm"), (all.Verdict.Cause, all.Reason));
        Assert.Equal((GpuLevel.Warn, "this user may not use /dev/nvidia1"), (one.Verdict.Level, Assert.Single(one.Verdict.Warnings).Text));
        Assert.Equal(GpuLevel.Ok, none.Verdict.Level);
    }

    [Fact]
    public void Little_shared_memory_is_worth_knowing()
    {
        GpuReport report = Fine with { SharedMemoryBytes = 64L << 20 };

        Assert.StartsWith("/dev/shm holds 64 MiB", Assert.Single(report.Verdict.Warnings).Text, StringComparison.Ordinal);
        Assert.True(report.IsUsable);
    }

    [Theory]
    [InlineData("/usr/local/cuda/compat/libcuda.so.1", true)]
    [InlineData("/usr/local/cuda-12.8/compat_orin/libcuda.so.1", true)]
    [InlineData("/usr/lib/x86_64-linux-gnu/libcuda.so.1", false)]
    [InlineData("/home/incompatible/libcuda.so.1", false)]
    [InlineData(null, false)]
    public void Forward_compatibility_is_known_by_the_folder(string? path, bool compatible) =>
        Assert.Equal(compatible, new GpuDriver { CudaLibraryPath = path }.IsForwardCompatible);

    [Fact]
    public void The_block_is_what_the_golden_file_says()
    {
        GpuReport worse = Fine with { ImageCuda = new CudaVersion(12, 6, 3), CudaVisibleDevices = "0", SharedMemoryBytes = 64L << 20 };
        string text = string.Join("\n\n", ((GpuReport[])[worse, new GpuReport { CudaVisibleDevices = "" }]).Select(r => string.Join('\n', GpuReportText.Lines(r)))) + "\n";

        GoldenFile.Check("tests/golden/gpu/report.txt", text);
    }

    [Fact]
    public void The_json_is_what_the_golden_file_says()
    {
        GpuReport[] reports = [Fine with { ImageCuda = new CudaVersion(12, 6, 3), CudaVisibleDevices = "0", SharedMemoryBytes = 64L << 20 }, new GpuReport()];
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (GpuReport report in reports)
                GpuReportJson.Write(json, report);
            json.WriteEndArray();
        }

        GoldenFile.Check("tests/golden/gpu/report.json", Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n");
    }

    [Fact]
    public void Every_level_cause_and_source_has_a_word()
    {
        Assert.All(Enum.GetValues<GpuLevel>(), level => Assert.NotEmpty(GpuReportJson.Name(level)));
        Assert.All(Enum.GetValues<DriverSource>(), source => Assert.NotEmpty(GpuReportJson.Name(source)));
        GpuCause[] causes = Enum.GetValues<GpuCause>();
        Assert.Equal(causes.Length, causes.Select(GpuReportJson.Name).Distinct().Count());
    }
}
