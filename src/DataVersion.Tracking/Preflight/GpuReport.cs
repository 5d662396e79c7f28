namespace DataVersion.Tracking.Preflight;

/// <summary>Where a driver's version was read.</summary>
public enum DriverSource
{
    /// <summary>NVIDIA's management library.</summary>
    Nvml,

    /// <summary><c>/proc/driver/nvidia/version</c>.</summary>
    Proc,

    /// <summary><c>/sys/module/nvidia/version</c>.</summary>
    Sys,
}

/// <summary>What was found of GPUs and of all that is needed to use them. What could not be read is null, or is missing from a list.</summary>
public sealed record GpuReport
{
    /// <summary>The driver.</summary>
    public GpuDriver Driver { get; init; } = new();

    /// <summary>The CUDA version that the image says it has (<c>CUDA_VERSION</c>).</summary>
    public CudaVersion? ImageCuda { get; init; }

    /// <summary>CUDA's runtime library (<c>libcudart</c>).</summary>
    public GpuLibrary CudaRuntime { get; init; } = GpuLibrary.Missing;

    /// <summary>The version of CUDA's runtime library.</summary>
    public CudaVersion? RuntimeCuda { get; init; }

    /// <summary>cuDNN.</summary>
    public GpuLibrary Cudnn { get; init; } = GpuLibrary.Missing;

    /// <summary>The core of ONNX Runtime.</summary>
    public GpuLibrary OnnxRuntime { get; init; } = GpuLibrary.Missing;

    /// <summary>The execution providers that this ONNX Runtime has libraries for, <c>CPU</c> first; empty without ONNX Runtime.</summary>
    public IReadOnlyList<string> OnnxProviders { get; init; } = [];

    /// <summary>The GPUs that this process sees, in the driver's order, whatever <c>CUDA_VISIBLE_DEVICES</c> says.</summary>
    public IReadOnlyList<GpuDevice> Devices { get; init; } = [];

    /// <summary>The device nodes of the driver, <c>/dev/nvidia*</c>.</summary>
    public IReadOnlyList<GpuNode> Nodes { get; init; } = [];

    /// <summary><c>NVIDIA_VISIBLE_DEVICES</c>; null where it is not set.</summary>
    public string? NvidiaVisibleDevices { get; init; }

    /// <summary><c>NVIDIA_DRIVER_CAPABILITIES</c>; null where it is not set.</summary>
    public string? NvidiaDriverCapabilities { get; init; }

    /// <summary><c>CUDA_VISIBLE_DEVICES</c>; null where it is not set, which is not the same as empty.</summary>
    public string? CudaVisibleDevices { get; init; }

    /// <summary>Bytes that <c>/dev/shm</c> can hold.</summary>
    public long? SharedMemoryBytes { get; init; }

    /// <summary>What follows from all this.</summary>
    public GpuVerdict Verdict => GpuVerdict.Of(this);

    /// <summary>True where a trainer can use a GPU here, as far as that can be told without one.</summary>
    public bool IsUsable => Verdict.Level != GpuLevel.Fail;

    /// <summary>Why, or why not, in one line.</summary>
    public string Reason => Verdict.Reason;

    /// <summary>What to do about it; null where there is nothing to do.</summary>
    public string? Hint => Verdict.Hint;

    /// <summary><c>CUDA</c>, or <c>CPU</c> where no GPU can be used.</summary>
    public string Provider => IsUsable ? "CUDA" : "CPU";
}

/// <summary>The driver, seen from this process.</summary>
public sealed record GpuDriver
{
    /// <summary>Its version; null where no driver was found.</summary>
    public DriverVersion? Version { get; init; }

    /// <summary>Where the version was read.</summary>
    public DriverSource? Source { get; init; }

    /// <summary>The newest CUDA version that it has all features of.</summary>
    public CudaVersion? Cuda { get; init; }

    /// <summary>True where <c>libcuda</c> was loaded.</summary>
    public bool HasCudaLibrary { get; init; }

    /// <summary>The file that <c>libcuda</c> was loaded from, where that could be found out.</summary>
    public string? CudaLibraryPath { get; init; }

    /// <summary>True where the management library was loaded.</summary>
    public bool HasNvml { get; init; }

    /// <summary>The error with which the management library refused to begin (<c>nvmlReturn_t</c>); 0 where it did not.</summary>
    public int NvmlError { get; init; }

    /// <summary>The same in the library's words.</summary>
    public string? NvmlMessage { get; init; }

    /// <summary>True where <c>libcuda</c> comes from the package <c>cuda-compat</c> (its folder is called <c>compat</c>), and not from the driver.</summary>
    public bool IsForwardCompatible =>
        CudaLibraryPath is { } path && (Path.GetDirectoryName(path) ?? "").Split('/', '\\').Any(folder => folder.StartsWith("compat", StringComparison.Ordinal));
}

/// <summary>A GPU.</summary>
public sealed record GpuDevice
{
    /// <summary>Its identity, <c>GPU-…</c>; null where only a device node was found.</summary>
    public string? Uuid { get; init; }

    /// <summary>What its maker calls it.</summary>
    public string? Name { get; init; }

    /// <summary>Compute capability.</summary>
    public ComputeCapability? Capability { get; init; }

    /// <summary>All of its memory, in MiB.</summary>
    public long? MemoryMiB { get; init; }

    /// <summary>Whether it is cut into several (MIG); null where it cannot be, or where that is not known.</summary>
    public bool? Mig { get; init; }
}

/// <summary>What a GPU can execute: 9.0 is Hopper, 7.5 is Turing.</summary>
public readonly record struct ComputeCapability(int Major, int Minor) : IComparable<ComputeCapability>
{
    /// <inheritdoc/>
    public int CompareTo(ComputeCapability other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    /// <summary><c>9.0</c>.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Major}.{Minor}");

    /// <summary>Less than.</summary>
    public static bool operator <(ComputeCapability left, ComputeCapability right) => left.CompareTo(right) < 0;

    /// <summary>More than.</summary>
    public static bool operator >(ComputeCapability left, ComputeCapability right) => left.CompareTo(right) > 0;

    /// <summary>Not more than.</summary>
    public static bool operator <=(ComputeCapability left, ComputeCapability right) => left.CompareTo(right) <= 0;

    /// <summary>Not less than.</summary>
    public static bool operator >=(ComputeCapability left, ComputeCapability right) => left.CompareTo(right) >= 0;
}

/// <summary>A device node.</summary>
/// <param name="Path">Its path.</param>
/// <param name="IsUsable">True where this process may read and write it.</param>
/// <param name="Minor">The GPU's minor number, for <c>/dev/nvidia0</c> and the like; null for the driver's other nodes.</param>
public sealed record GpuNode(string Path, bool IsUsable, int? Minor)
{
    /// <summary>True for the nodes that every GPU is used through.</summary>
    public bool IsShared => System.IO.Path.GetFileName(Path) is "nvidiactl" or "nvidia-uvm";
}

/// <summary>A library that was looked for.</summary>
/// <param name="IsFound">True where its file is there, or the loader found it.</param>
/// <param name="Path">Its file; null where the loader alone knows.</param>
/// <param name="Version">What it says of itself; null where it does not load, or does not say.</param>
public sealed record GpuLibrary(bool IsFound, string? Path = null, string? Version = null)
{
    /// <summary>It was not found.</summary>
    public static GpuLibrary Missing { get; } = new(false);
}
