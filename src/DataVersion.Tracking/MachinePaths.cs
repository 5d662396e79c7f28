namespace DataVersion.Tracking;

/// <summary>Where the machine tells about itself; tests put folders and libraries of their own in the place of these.</summary>
public sealed record MachinePaths
{
    /// <summary>The machine that this process runs on.</summary>
    public static MachinePaths Default { get; } = new();

    /// <summary>The kernel's process and driver files.</summary>
    public string ProcDirectory { get; init; } = "/proc";

    /// <summary>The kernel's modules and devices.</summary>
    public string SysDirectory { get; init; } = "/sys";

    /// <summary>Device nodes, and shared memory in <c>shm</c>.</summary>
    public string DevDirectory { get; init; } = "/dev";

    /// <summary>The machine's configuration: <c>os-release</c>, <c>ld.so.conf</c>.</summary>
    public string EtcDirectory { get; init; } = "/etc";

    /// <summary>NVIDIA's management library: a name for the loader, or an absolute path.</summary>
    public string NvmlLibrary { get; init; } = OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1";

    /// <summary>CUDA's driver library: a name for the loader, or an absolute path.</summary>
    public string CudaLibrary { get; init; } = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>Folders in which CUDA's runtime, cuDNN and ONNX Runtime are looked for before anywhere else, such as the trainer's own.</summary>
    public IReadOnlyList<string> LibraryDirectories { get; init; } = [];

    /// <summary>The program's own folder, where the libraries of its packages lie.</summary>
    public string ProgramDirectory { get; init; } = AppContext.BaseDirectory;

    /// <summary>Whether the loader's own search counts, too: <c>ld.so.conf</c> and the standard folders.</summary>
    public bool UsesLoader { get; init; } = true;
}
