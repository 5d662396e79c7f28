namespace DataVersion.Tracking.Records;

/// <summary>The machine and its software.</summary>
public sealed record RuntimeFacts
{
    /// <summary>Name and version of the operating system (<c>/etc/os-release</c>).</summary>
    public string? Os { get; init; }

    /// <summary>The kernel.</summary>
    public string? Kernel { get; init; }

    /// <summary>The processor's architecture.</summary>
    public required string Arch { get; init; }

    /// <summary>The processor's name.</summary>
    public string? CpuModel { get; init; }

    /// <summary>SHA-256 of the processor's feature flags: vector units change what a sum of floats is.</summary>
    public string? CpuFlagsSha256 { get; init; }

    /// <summary>Processors that this process may use.</summary>
    public required int Cpus { get; init; }

    /// <summary>Bytes of memory that it may use.</summary>
    public required long MemLimit { get; init; }

    /// <summary>The .NET runtime that <c>dv</c> runs on.</summary>
    public string? Dotnet { get; init; }

    /// <summary>The Python interpreter of the trainer.</summary>
    public string? Python { get; init; }

    /// <summary>Packages of the trainer: Python's and NuGet's.</summary>
    public IReadOnlyList<PackageFacts> Packages { get; set; } = [];

    /// <summary>SHA-256 of the list of the system's packages in <c>environment.json</c>.</summary>
    public string? SystemPackagesSha256 { get; init; }

    /// <summary>Environment variables that matter and hold no secret.</summary>
    public IReadOnlyDictionary<string, string> EnvAllowList { get; set; } = new Dictionary<string, string>();
}

/// <summary>A package.</summary>
/// <param name="Kind"><c>python</c>, <c>nuget</c> or <c>system</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
public sealed record PackageFacts(string Kind, string Name, string Version);

/// <summary>The GPU side.</summary>
public sealed record GpuFacts
{
    /// <summary>True with <c>--require-gpu</c>.</summary>
    public required bool Required { get; init; }

    /// <summary>Version of the driver.</summary>
    public string? Driver { get; init; }

    /// <summary>The newest CUDA that the driver supports.</summary>
    public string? CudaDriver { get; init; }

    /// <summary>CUDA's runtime.</summary>
    public string? CudaRuntime { get; init; }

    /// <summary>cuDNN.</summary>
    public string? Cudnn { get; init; }

    /// <summary>ONNX Runtime's core library.</summary>
    public string? Ort { get; init; }

    /// <summary><c>CUDA</c> or <c>CPU</c>: what the preflight found usable.</summary>
    public required string Provider { get; init; }

    /// <summary>Seconds for which the devices waited for data: from preflight to the trainer's start. Null without devices.</summary>
    public double? IdleSecondsDuringPull { get; init; }

    /// <summary>The preflight's verdict in one line.</summary>
    public string? Verdict { get; init; }

    /// <summary>The devices.</summary>
    public IReadOnlyList<GpuDeviceFacts> Devices { get; set; } = [];
}

/// <summary>A GPU.</summary>
/// <param name="Uuid">Its UUID: indexes are renumbered.</param>
/// <param name="Name">Its name.</param>
/// <param name="Cc">Compute capability.</param>
/// <param name="MemMiB">Memory in MiB.</param>
/// <param name="Mig">True where it is partitioned.</param>
public sealed record GpuDeviceFacts(string Uuid, string Name, string? Cc, long? MemMiB, bool? Mig);

/// <summary>Who started the process.</summary>
public sealed record OrchestratorFacts
{
    /// <summary><c>kubernetes</c>, <c>slurm</c>, <c>github</c>, <c>gitlab</c> …</summary>
    public required string Kind { get; init; }

    /// <summary>The job.</summary>
    public string? Job { get; init; }

    /// <summary>The pod.</summary>
    public string? Pod { get; init; }

    /// <summary>The namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>The node.</summary>
    public string? Node { get; init; }

    /// <summary>Which of several processes this is.</summary>
    public int? Rank { get; init; }

    /// <summary>How many there are.</summary>
    public int? WorldSize { get; init; }

    /// <summary>Who: the user of the CI system or of the machine.</summary>
    public string? User { get; init; }
}
