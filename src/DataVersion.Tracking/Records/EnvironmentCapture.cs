using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace DataVersion.Tracking.Records;

/// <summary>Describes the machine and its software.</summary>
/// <param name="paths">The machine's places.</param>
/// <param name="environment">All variables.</param>
/// <param name="redactor">Takes secrets out of values of variables.</param>
public sealed class EnvironmentCapture(MachinePaths paths, IReadOnlyDictionary<string, string> environment, Redactor redactor)
{
    private const int MaxFileBytes = 64 * 1024 * 1024;

    /// <summary>What changes results or tells where something ran, and holds no secret by its nature. Everything else is left out.</summary>
    internal static readonly string[] Allowed =
    [
        "LANG", "LC_ALL", "TZ", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "OMP_PROC_BIND", "OMP_PLACES",
        "KMP_AFFINITY", "MKL_CBWR", "PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG", "CUDA_VISIBLE_DEVICES", "CUDA_LAUNCH_BLOCKING", "CUDA_VERSION", "CUDNN_VERSION",
        "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES", "NVIDIA_REQUIRE_CUDA", "TF_DETERMINISTIC_OPS", "TF_CUDNN_DETERMINISTIC", "TF_ENABLE_ONEDNN_OPTS",
        "XLA_FLAGS", "NCCL_ALGO", "NCCL_PROTO", "TORCH_CUDNN_V8_API_DISABLED", "PYTORCH_CUDA_ALLOC_CONF", "TOKENIZERS_PARALLELISM", "CONDA_DEFAULT_ENV",
        "DOTNET_ROLL_FORWARD", "DOTNET_TieredPGO", "RANK", "WORLD_SIZE", "LOCAL_RANK", "NODE_RANK", "MASTER_PORT", "JOB_COMPLETION_INDEX", "DV_RUN_KEY", "DV_REV", "DV_VERIFY",
    ];

    /// <summary>The machine; packages are added by <see cref="WithPackages"/>.</summary>
    public RuntimeFacts Machine() => new()
    {
        Os = ReadOs(),
        Kernel = Line(Path.Combine(paths.ProcDirectory, "sys/kernel/osrelease")) ?? Environment.OSVersion.VersionString,
        Arch = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
        CpuModel = CpuField("model name") ?? CpuField("Model"),
        CpuFlagsSha256 = (CpuField("flags") ?? CpuField("Features")) is { } flags ? Sha256(flags) : null,
        Cpus = Environment.ProcessorCount,
        MemLimit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Dotnet = RuntimeInformation.FrameworkDescription.Replace(".NET ", "", StringComparison.Ordinal),
        EnvAllowList = Allowed.Where(n => environment.ContainsKey(n)).ToDictionary(n => n, n => redactor.CleanValue(n, environment[n])),
    };

    /// <summary>The machine with the trainer's packages, and the document that lists the system's too.</summary>
    /// <param name="runUuid">The run.</param>
    /// <param name="machine">As <see cref="Machine"/> gave it.</param>
    /// <param name="python">The trainer's interpreter, asked already; null where it is no Python.</param>
    /// <param name="command">The trainer: a .NET program tells its packages itself.</param>
    /// <param name="workingDirectory">Where the trainer starts.</param>
    public EnvironmentDocument WithPackages(string runUuid, RuntimeFacts machine, PythonFacts? python, IReadOnlyList<string> command, string workingDirectory)
    {
        IReadOnlyList<PackageFacts> system = SystemPackages.Read(paths);
        RuntimeFacts runtime = machine with
        {
            Python = python?.Version,
            Packages = [.. python?.Packages ?? [], .. NugetPackages.OfCommand(command, workingDirectory)],
            SystemPackagesSha256 = system.Count == 0 ? null : Sha256(string.Concat(system.Select(p => $"{p.Name} {p.Version}\n"))),
        };
        return new EnvironmentDocument { RunUuid = runUuid, Runtime = runtime, SystemPackages = system, ToolPackages = NugetPackages.Of(AppContext.BaseDirectory, "dv") };
    }

    /// <summary>A small file's text; null where it cannot be read.</summary>
    internal static string? Text(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= MaxFileBytes } ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Line(string path) => Text(path)?.Trim() is { Length: > 0 } text ? text : null;

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // The format: https://www.freedesktop.org/software/systemd/man/os-release.html
    private string? ReadOs()
    {
        Dictionary<string, string> fields = (Text(Path.Combine(paths.EtcDirectory, "os-release")) ?? "").Split('\n')
            .Select(l => l.Split('=', 2)).Where(p => p.Length == 2).GroupBy(p => p[0]).ToDictionary(g => g.Key, g => g.Last()[1].Trim().Trim('"', '\''));
        if (fields.TryGetValue("ID", out string? id))
            return string.Create(CultureInfo.InvariantCulture, $"{id} {fields.GetValueOrDefault("VERSION_ID", "")}").TrimEnd();
        return RuntimeInformation.OSDescription;
    }

    private string? CpuField(string name) => (Text(Path.Combine(paths.ProcDirectory, "cpuinfo")) ?? "").Split('\n')
        .Select(l => l.Split(':', 2)).FirstOrDefault(p => p.Length == 2 && p[0].Trim() == name)?[1].Trim();
}
