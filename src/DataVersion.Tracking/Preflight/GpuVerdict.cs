namespace DataVersion.Tracking.Preflight;

/// <summary>How well a GPU can be used.</summary>
public enum GpuLevel
{
    /// <summary>Nothing stands in the way.</summary>
    Ok,

    /// <summary>It can be used; something is worth knowing.</summary>
    Warn,

    /// <summary>It cannot be used.</summary>
    Fail,
}

/// <summary>Why a GPU cannot be used.</summary>
public enum GpuCause
{
    /// <summary>It can.</summary>
    None,

    /// <summary>The host has no NVIDIA driver.</summary>
    NoDriver,

    /// <summary>There is a driver, and it does not answer; most often its libraries and its kernel module are of two versions.</summary>
    DriverFails,

    /// <summary>A variable hides the devices.</summary>
    DevicesHidden,

    /// <summary>The host has a driver, and this container was given no device.</summary>
    NoDevice,

    /// <summary>There is a device, and this user may not use its node.</summary>
    NoPermission,

    /// <summary>There is a device, and no <c>libcuda</c>: the container was not given the capability <c>compute</c>.</summary>
    NoCudaLibrary,

    /// <summary>The driver is too old for the CUDA that is used.</summary>
    DriverTooOld,

    /// <summary>The CUDA that is used has dropped devices of this age.</summary>
    DeviceTooOld,

    /// <summary>ONNX Runtime is here, and a library that it uses a GPU through is not.</summary>
    LibraryMissing,
}

/// <summary>Something worth knowing that keeps no GPU from being used.</summary>
/// <param name="Text">What.</param>
/// <param name="Hint">What to do about it; null where nothing need be done.</param>
public sealed record GpuWarning(string Text, string? Hint);

/// <summary>What follows from a <see cref="GpuReport"/>. Made by looking at it alone.</summary>
public sealed record GpuVerdict
{
    private const long SmallSharedMemory = 64L << 20;

    private const string GiveDevice =
        "install NVIDIA's container toolkit on the host, and give the container a GPU: docker run --gpus all, Compose deploy.resources.reservations.devices or gpus: all, Kubernetes limit nvidia.com/gpu";

    /// <summary>How well a GPU can be used.</summary>
    public required GpuLevel Level { get; init; }

    /// <summary>Why not.</summary>
    public GpuCause Cause { get; init; }

    /// <summary>The rule or the fact that decides, in one line.</summary>
    public required string Reason { get; init; }

    /// <summary>What to do, in one line; null where nothing need be done.</summary>
    public string? Hint { get; init; }

    /// <summary>What else is worth knowing.</summary>
    public IReadOnlyList<GpuWarning> Warnings { get; init; } = [];

    /// <summary>Judges a report.</summary>
    public static GpuVerdict Of(GpuReport report) =>
        report.Driver.NvmlError == Nvml.VersionMismatch ? Mismatch(report.Driver)
        : report.Devices.Count == 0 ? WithoutDevice(report)
        : Obstacle(report) ?? Usable(report);

    private static GpuVerdict WithoutDevice(GpuReport report)
    {
        GpuDriver driver = report.Driver;
        bool hasGpuNode = report.Nodes.Any(n => n.Minor is not null);
        if (driver.Version is null && !hasGpuNode)
        {
            return driver.HasNvml && driver.NvmlError != 0 && driver.NvmlError != Nvml.DriverNotLoaded
                ? Failing(driver)
                : Fail(GpuCause.NoDriver, "no NVIDIA driver on this machine", "install the driver on the host (not in the container), or train on the CPU");
        }
        if (GpuVisibility.HiddenByRuntime(report.NvidiaVisibleDevices) is { } hidden && !hasGpuNode)
            return Fail(GpuCause.DevicesHidden, hidden, "set NVIDIA_VISIBLE_DEVICES=all, or to the GPUs that are meant");
        if (Denied(report) is { } denied)
            return denied;
        if (driver.NvmlError != 0 && hasGpuNode)
            return Failing(driver);
        return Fail(GpuCause.NoDevice, $"the host has {Name(driver)}, but no GPU can be seen from here", GiveDevice);
    }

    private static GpuVerdict? Obstacle(GpuReport report)
    {
        GpuDriver driver = report.Driver;
        if (GpuVisibility.HiddenByCuda(report.CudaVisibleDevices, report.Devices) is { } hidden)
            return Fail(GpuCause.DevicesHidden, hidden, "unset CUDA_VISIBLE_DEVICES, or set it to devices that are here");
        if (Denied(report) is { } denied)
            return denied;
        if (driver.NvmlError != 0)
            return Failing(driver);
        if (!driver.HasCudaLibrary)
        {
            return Fail(GpuCause.NoCudaLibrary, $"{Name(driver)} and a GPU are here, but libcuda is not",
                "in a container, set NVIDIA_DRIVER_CAPABILITIES=compute,utility; on a host, install the driver's CUDA library (libcuda1)");
        }
        return TooOld(report) ?? LibraryMissing(report);
    }

    // A GPU of its own may be denied; the two nodes that all GPUs are used through may not.
    private static GpuVerdict? Denied(GpuReport report)
    {
        List<GpuNode> gpus = [.. report.Nodes.Where(n => n.Minor is not null)];
        GpuNode? node = report.Nodes.FirstOrDefault(n => n is { IsShared: true, IsUsable: false })
            ?? (gpus.Count > 0 && gpus.All(n => !n.IsUsable) ? gpus[0] : null);
        return node is null ? null : Fail(GpuCause.NoPermission, $"this user may not use {node.Path}",
            "run as a user or group that may, or give the container the device with its permissions");
    }

    private static GpuVerdict? TooOld(GpuReport report)
    {
        if (Needed(report) is not { } needed)
            return null;
        CudaJudgement judgement = CudaCompatibility.Judge(report.Driver, needed);
        if (judgement.Level == GpuLevel.Fail)
            return Fail(GpuCause.DriverTooOld, judgement.Rule, judgement.Hint);
        ComputeCapability least = CudaCompatibility.LeastCapability(needed);
        return report.Devices.All(d => d.Capability < least)
            ? Fail(GpuCause.DeviceTooOld, $"CUDA {needed} needs compute capability {least}, and {Describe(report.Devices[0])} has {report.Devices[0].Capability}",
                "use an image with CUDA 12, or another GPU")
            : null;
    }

    private static GpuVerdict? LibraryMissing(GpuReport report)
    {
        if (!report.OnnxRuntime.IsFound)
            return null;
        string missing = !report.OnnxProviders.Contains("CUDA") ? "its library for CUDA (libonnxruntime_providers_cuda)"
            : !report.CudaRuntime.IsFound ? "CUDA's runtime (libcudart)"
            : !report.Cudnn.IsFound ? "cuDNN 9 (libcudnn)"
            : "";
        return missing.Length == 0 ? null : Fail(GpuCause.LibraryMissing, $"ONNX Runtime is here, but {missing} is not",
            "use the GPU package of ONNX Runtime (Microsoft.ML.OnnxRuntime.Gpu) and an image with CUDA's runtime and cuDNN, and have LD_LIBRARY_PATH lead there");
    }

    private static GpuVerdict Usable(GpuReport report)
    {
        CudaVersion? needed = Needed(report);
        CudaJudgement judgement = needed is null
            ? new CudaJudgement(GpuLevel.Ok, $"{Name(report.Driver)} is here; nothing says which CUDA the trainer uses{(report.Driver.Cuda is { } own ? $" (up to {own} is fine)" : "")}")
            : CudaCompatibility.Judge(report.Driver, needed.Value);
        List<GpuWarning> warnings = [.. WorthKnowing(report, needed)];
        return new GpuVerdict
        {
            Level = warnings.Count > 0 && judgement.Level == GpuLevel.Ok ? GpuLevel.Warn : judgement.Level,
            Reason = judgement.Rule,
            Hint = judgement.Hint,
            Warnings = warnings,
        };
    }

    private static IEnumerable<GpuWarning> WorthKnowing(GpuReport report, CudaVersion? needed)
    {
        if (!report.OnnxRuntime.IsFound)
        {
            yield return new GpuWarning("no ONNX Runtime is here (neither libonnxruntime nor its library for CUDA)",
                "fine where the trainer brings what it uses the GPU through, as PyTorch does");
        }
        if (needed is { } cuda && report.Devices.FirstOrDefault(d => d.Capability < CudaCompatibility.LeastCapability(cuda)) is { } old)
        {
            yield return new GpuWarning($"{Describe(old)} is too old for CUDA {cuda} and cannot be used beside the others",
                "leave it out with CUDA_VISIBLE_DEVICES");
        }
        if (report.Nodes.FirstOrDefault(n => n is { Minor: not null, IsUsable: false }) is { } denied)
            yield return new GpuWarning($"this user may not use {denied.Path}", "leave that GPU out with CUDA_VISIBLE_DEVICES, or run as a user or group that may use it");
        if (report.SharedMemoryBytes is { } bytes and <= SmallSharedMemory)
        {
            yield return new GpuWarning(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/dev/shm holds {bytes >> 20} MiB, which data loaders of several processes use up"),
                "give more: docker run --shm-size 8g, Compose shm_size, Kubernetes an emptyDir of medium Memory at /dev/shm");
        }
    }

    // What the image claims and what the loader finds may differ; the newer of them asks for more.
    private static CudaVersion? Needed(GpuReport report) =>
        report is { ImageCuda: { } image, RuntimeCuda: { } runtime } ? (runtime.Covers(image) && !image.Covers(runtime) ? runtime : image)
        : report.ImageCuda ?? report.RuntimeCuda;

    private static GpuVerdict Mismatch(GpuDriver driver) => Fail(GpuCause.DriverFails,
        $"the driver's libraries are of another version than its kernel module{(driver.Version is { } version ? $" ({version})" : "")}",
        "reload the kernel module or restart the host after a driver update, then start the container anew");

    private static GpuVerdict Failing(GpuDriver driver) => Fail(GpuCause.DriverFails,
        $"{Name(driver)} does not answer: {driver.NvmlMessage} (NVML {driver.NvmlError})",
        "start the container anew; if that does not help, look at dmesg on the host for NVRM and Xid");

    private static GpuVerdict Fail(GpuCause cause, string reason, string? hint) => new() { Level = GpuLevel.Fail, Cause = cause, Reason = reason, Hint = hint };

    private static string Name(GpuDriver driver) => driver.Version is { } version ? $"driver {version}" : "an NVIDIA driver";

    private static string Describe(GpuDevice device) => device.Name ?? device.Uuid ?? "this GPU";
}
