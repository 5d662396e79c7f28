using DataVersion.Testing.Native;
using DataVersion.Tracking.Preflight;
using Xunit;

namespace DataVersion.Tests.Tracking.Preflight;

/// <summary>What is read of a machine, and what is concluded of it, with libraries and files of the tests' own.</summary>
public sealed class GpuProbeTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_machine_with_everything_is_told_whole()
    {
        _machine.Complete();

        GpuReport report = Run(("CUDA_VERSION", "12.6.2"), ("NVIDIA_VISIBLE_DEVICES", "all"), ("NVIDIA_DRIVER_CAPABILITIES", "compute,utility"));

        Assert.Equal((GpuLevel.Ok, GpuCause.None, "driver 560.35.03 has all of CUDA 12.6.2", null), (report.Verdict.Level, report.Verdict.Cause, report.Reason, report.Hint));
        Assert.True(report.IsUsable);
        Assert.Equal("CUDA", report.Provider);
        Assert.Equal(("560.35.03", DriverSource.Nvml, new CudaVersion(12, 6)), (report.Driver.Version?.Text, report.Driver.Source, report.Driver.Cuda));
        Assert.Equal(_machine.CudaLibrary, report.Driver.CudaLibraryPath);
        Assert.False(report.Driver.IsForwardCompatible);
        Assert.Equal(new CudaVersion(12, 6), report.RuntimeCuda);
        Assert.Equal(new GpuLibrary(true, _machine.Library("libcudart.so.12"), "12.6"), report.CudaRuntime);
        Assert.Equal(new GpuLibrary(true, _machine.Library("libcudnn.so.9"), "9.5.1"), report.Cudnn);
        Assert.Equal(new GpuLibrary(true, _machine.Library("libonnxruntime.so"), "1.20.1"), report.OnnxRuntime);
        Assert.Equal(["CPU", "CUDA"], report.OnnxProviders);
        Assert.Equal(
            [new GpuDevice { Uuid = new FakeGpu().Uuid, Name = "NVIDIA H100 80GB HBM3", Capability = new ComputeCapability(9, 0), MemoryMiB = 81559, Mig = false }], report.Devices);
        Assert.Equal(["nvidia-uvm", "nvidia0", "nvidiactl"], report.Nodes.Select(n => Path.GetFileName(n.Path)));
        Assert.Equal([null, 0, null], report.Nodes.Select(n => n.Minor));
        Assert.Equal(("all", "compute,utility", null), (report.NvidiaVisibleDevices, report.NvidiaDriverCapabilities, report.CudaVisibleDevices));
    }

    [Fact]
    public void Two_devices_one_of_them_cut_into_parts_and_one_that_is_lost()
    {
        _machine.Complete();
        _machine.AddNvml("560.35.03", 12060,
            new FakeGpu { Uuid = "GPU-a", Mig = true }, new FakeGpu { Name = "lost" }, new FakeGpu { Uuid = "GPU-b", Name = "NVIDIA T4", Major = 7, Minor = 5, MemoryMiB = 15360, Mig = null });

        GpuReport report = Run();

        Assert.Equal([("GPU-a", "9.0", true), ("GPU-b", "7.5", null)], report.Devices.Select(d => (d.Uuid, d.Capability.ToString(), d.Mig)));
        Assert.True(report.IsUsable);
    }

    [Theory]
    [InlineData("nvmlInit_v2")]
    [InlineData("nvmlInit_v2 nvmlSystemGetDriverVersion")]
    [InlineData("nvmlInit_v2 nvmlDeviceGetCount_v2")]
    [InlineData("nvmlInit_v2 nvmlDeviceGetCount_v2 nvmlDeviceGetHandleByIndex_v2")]
    [InlineData("")]
    public void What_a_library_lacks_is_left_out(string functions)
    {
        _machine.AddPartialNvml(functions.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        _machine.AddProcVersion("560.35.03");
        _machine.AddNodes(0);

        GpuReport report = Run();

        GpuDevice device = Assert.Single(report.Devices);
        Assert.Equal(new GpuDevice(), device);
        Assert.Equal("560.35.03", report.Driver.Version?.Text);
        Assert.Equal(functions.Contains("DriverVersion", StringComparison.Ordinal) ? DriverSource.Nvml : DriverSource.Proc, report.Driver.Source);
        Assert.Equal(functions.Length == 0 ? 13 : 0, report.Driver.NvmlError);
    }

    [Fact]
    public void Without_the_management_library_the_kernel_tells()
    {
        _machine.Complete();
        File.Delete(_machine.Library("libnvidia-ml.so.1"));
        _machine.AddProcVersion("560.35.05");
        _machine.AddFile("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA L4\nIRQ:   \t\t 120\nGPU UUID: \t GPU-c\nDevice Minor: \t 0\n");
        _machine.AddFile("proc/driver/nvidia/gpus/0000:02:00.0/information", "Model: \t\t NVIDIA L40\nGPU UUID: \t GPU-d\nDevice Minor: \t 1\n");

        GpuReport report = Run();

        // The second one has no node here: it was not given to this container.
        Assert.Equal([new GpuDevice { Name = "NVIDIA L4", Uuid = "GPU-c" }], report.Devices);
        Assert.Equal(("560.35.05", DriverSource.Proc), (report.Driver.Version?.Text, report.Driver.Source));
        Assert.True(report.IsUsable);
    }

    [Fact]
    public void The_module_s_version_is_the_last_resort()
    {
        _machine.AddFile("proc/driver/nvidia/version", "nothing of use");
        _machine.AddSysVersion("470.256.02");

        GpuReport report = Run();

        Assert.Equal(("470.256.02", DriverSource.Sys), (report.Driver.Version?.Text, report.Driver.Source));
    }

    [Fact]
    public void No_driver() => AssertFails(GpuCause.NoDriver, "no NVIDIA driver on this machine", Run(("CUDA_VERSION", "12.6.3"), ("NVIDIA_VISIBLE_DEVICES", "all")));

    [Fact]
    public void The_driver_s_library_without_its_module_is_no_driver()
    {
        _machine.AddFailingNvml(9, "Driver Not Loaded");

        AssertFails(GpuCause.NoDriver, "no NVIDIA driver", Run());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_driver_without_a_device_in_the_container(bool nvml)
    {
        _machine.AddSysVersion("560.35.03");
        if (nvml)
            _machine.AddNvml("560.35.03", 12060);

        GpuReport report = Run(("NVIDIA_VISIBLE_DEVICES", "all"));

        AssertFails(GpuCause.NoDevice, "the host has driver 560.35.03, but no GPU can be seen from here", report);
        Assert.Contains("--gpus all", report.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Libcuda_is_missing()
    {
        _machine.Complete();
        _machine.CudaLibrary = _machine.Library("none.so");

        GpuReport report = Run(("NVIDIA_DRIVER_CAPABILITIES", "utility"));

        AssertFails(GpuCause.NoCudaLibrary, "libcuda is not", report);
        Assert.Contains("NVIDIA_DRIVER_CAPABILITIES=compute,utility", report.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void The_driver_is_too_old()
    {
        _machine.Complete("470.256.02", 11040);
        _machine.AddCudart(12060);

        AssertFails(GpuCause.DriverTooOld, "driver 470.256.02 is too old for CUDA 12.6, which needs at least 525.60.13", Run());
    }

    [Theory]
    [InlineData("libonnxruntime_providers_cuda.so", "libonnxruntime_providers_cuda")]
    [InlineData("libcudart.so.12", "libcudart")]
    [InlineData("libcudnn.so.9", "libcudnn")]
    public void A_library_that_onnx_runtime_needs_is_missing(string file, string named)
    {
        _machine.Complete();
        File.Delete(_machine.Library(file));

        AssertFails(GpuCause.LibraryMissing, named, Run(("CUDA_VERSION", "12.6.0")));
    }

    [Fact]
    public void Without_onnx_runtime_the_gpu_is_usable_and_a_warning_says_so()
    {
        _machine.Complete();
        File.Delete(_machine.Library("libonnxruntime.so"));
        File.Delete(_machine.Library("libonnxruntime_providers_cuda.so"));

        GpuReport report = Run();

        Assert.Equal((GpuLevel.Warn, true), (report.Verdict.Level, report.IsUsable));
        Assert.Contains("no ONNX Runtime", Assert.Single(report.Verdict.Warnings).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("NoDevFiles")]
    [InlineData("1")]
    [InlineData("GPU-9")]
    [InlineData(" -1,0")]
    public void Devices_are_hidden_by_cuda(string value)
    {
        _machine.Complete();

        AssertFails(GpuCause.DevicesHidden, $"CUDA_VISIBLE_DEVICES=\"{value}\"", Run(("CUDA_VISIBLE_DEVICES", value)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0,7")]
    [InlineData("GPU-1111")]
    [InlineData("MIG-1")]
    public void Devices_are_not_hidden_by_cuda(string value)
    {
        _machine.Complete();

        Assert.True(Run(("CUDA_VISIBLE_DEVICES", value)).IsUsable);
    }

    [Theory]
    [InlineData("void")]
    [InlineData("none")]
    public void Devices_are_hidden_by_the_container_runtime_unless_they_come_another_way(string value)
    {
        _machine.AddSysVersion("560.35.03");

        GpuReport hidden = Run(("NVIDIA_VISIBLE_DEVICES", value));
        GpuReport given = GpuProbe.Run(_machine.Complete().Paths, new Dictionary<string, string> { ["NVIDIA_VISIBLE_DEVICES"] = value });

        AssertFails(GpuCause.DevicesHidden, $"NVIDIA_VISIBLE_DEVICES={value}", hidden);
        Assert.True(given.IsUsable, "with CDI the variable is 'void' although there are devices");
    }

    [Fact]
    public void Driver_and_library_of_two_versions()
    {
        _machine.Complete();
        _machine.AddFailingNvml(18, "Driver/library version mismatch");
        _machine.AddProcVersion("560.35.05");

        GpuReport report = Run();

        AssertFails(GpuCause.DriverFails, "another version than its kernel module (560.35.05)", report);
        Assert.Equal((18, "Driver/library version mismatch"), (report.Driver.NvmlError, report.Driver.NvmlMessage));
    }

    [Fact]
    public void A_driver_that_does_not_answer()
    {
        _machine.Complete();
        _machine.AddFailingNvml(999, "Unknown Error");
        _machine.AddProcVersion("560.35.05");

        AssertFails(GpuCause.DriverFails, "does not answer: Unknown Error (NVML 999)", Run());
    }

    [Fact]
    public void A_node_that_this_user_may_not_use()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may use every node");
        _machine.Complete();
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_machine.At("dev/nvidia0"), UnixFileMode.UserRead);

        AssertFails(GpuCause.NoPermission, "dev/nvidia0", Run());
    }

    [Fact]
    public void The_compatibility_package_is_seen_by_its_folder()
    {
        _machine.Complete("535.104.05", 12020);
        _machine.AddLibcuda(12080, "usr/local/cuda-12.8/compat");
        _machine.AddCudart(12080);

        GpuReport report = Run();

        Assert.True(report.Driver.IsForwardCompatible);
        Assert.Equal(GpuLevel.Warn, report.Verdict.Level);
        Assert.StartsWith("forward compatibility", report.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Libraries_are_found_by_LD_LIBRARY_PATH_beside_the_program_and_where_the_loader_is_configured_to_look()
    {
        NativeLibraryBuilder.Build(_machine.At("elsewhere/libcudnn.so.9"), "unsigned long cudnnGetVersion(void) { return 90100; }");
        NativeLibraryBuilder.Build(_machine.At("program/libcudart.so.12"), "int cudaRuntimeGetVersion(int *v) { *v = 12040; return 0; }");
        _machine.AddFile("configured/libonnxruntime.so.1", "not a library");
        _machine.AddFile("etc/ld.so.conf.d/x.conf", $"# folders\n{_machine.At("configured")}\n");
        var environment = new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = $":relative:{_machine.At("elsewhere")}" };

        GpuReport report = GpuProbe.Run(_machine.Paths with { UsesLoader = true }, environment);

        Assert.Equal("9.1.0", report.Cudnn.Version);
        Assert.Equal(new CudaVersion(12, 4), report.RuntimeCuda);
        Assert.Equal(new GpuLibrary(true, _machine.At("configured/libonnxruntime.so.1")), report.OnnxRuntime);
    }

    [Fact]
    public void The_real_machine_can_be_looked_at()
    {
        GpuReport report = GpuProbe.Run(DataVersion.Tracking.MachinePaths.Default, new Dictionary<string, string>());

        Assert.Equal(report.IsUsable ? "CUDA" : "CPU", report.Provider);
        Assert.NotEmpty(report.Reason);
    }

    private GpuReport Run(params (string Name, string Value)[] environment) =>
        GpuProbe.Run(_machine.Paths, environment.ToDictionary(v => v.Name, v => v.Value));

    private static void AssertFails(GpuCause cause, string reason, GpuReport report)
    {
        Assert.Equal((GpuLevel.Fail, cause), (report.Verdict.Level, report.Verdict.Cause));
        Assert.Contains(reason, report.Reason, StringComparison.Ordinal);
        Assert.False(report.IsUsable);
        Assert.Equal("CPU", report.Provider);
        Assert.False(string.IsNullOrEmpty(report.Hint));
    }
}
