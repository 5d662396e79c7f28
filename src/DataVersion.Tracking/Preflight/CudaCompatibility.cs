namespace DataVersion.Tracking.Preflight;

/// <summary>
/// Which driver runs which CUDA (NVIDIA, "CUDA Toolkit Release Notes" 13.1, tables 2 and 3, Linux x86_64): below the first driver of a major version
/// nothing runs; from the driver of a toolkit on, all of it does; between them, minor-version compatibility holds. Newer drivers run older toolkits.
/// </summary>
public static class CudaCompatibility
{
    private static readonly (int Major, DriverVersion Driver)[] MinimumTable =
    [
        (11, DriverVersion.Parse("450.80.02")), (12, DriverVersion.Parse("525.60.13")), (13, DriverVersion.Parse("580.0")),
    ];

    // By CUDA version and update, ascending.
    private static readonly (CudaVersion Cuda, DriverVersion Driver)[] FullTable =
    [
        Row(12, 0, 0, "525.60.13"), Row(12, 0, 1, "525.85.12"),
        Row(12, 1, 0, "530.30.02"),
        Row(12, 2, 0, "535.54.03"), Row(12, 2, 1, "535.86.09"), Row(12, 2, 2, "535.104.05"),
        Row(12, 3, 0, "545.23.06"), Row(12, 3, 1, "545.23.08"),
        Row(12, 4, 0, "550.54.14"), Row(12, 4, 1, "550.54.15"),
        Row(12, 5, 0, "555.42.02"), Row(12, 5, 1, "555.42.06"),
        Row(12, 6, 0, "560.28.03"), Row(12, 6, 1, "560.35.03"), Row(12, 6, 2, "560.35.03"), Row(12, 6, 3, "560.35.05"),
        Row(12, 8, 0, "570.26"), Row(12, 8, 1, "570.124.06"),
        Row(12, 9, 0, "575.51.03"), Row(12, 9, 1, "575.57.08"),
        Row(13, 0, 0, "580.65.06"), Row(13, 0, 1, "580.82.07"), Row(13, 0, 2, "580.95.05"),
        Row(13, 1, 0, "590.44.01"),
    ];

    private static readonly ComputeCapability Any = new(0, 0), Turing = new(7, 5);

    /// <summary>The oldest driver on which anything of a CUDA major version runs; null for versions that are not in the table.</summary>
    public static DriverVersion? Minimum(CudaVersion cuda) => MinimumTable.FirstOrDefault(row => row.Major == cuda.Major).Driver;

    /// <summary>The driver from which on a CUDA version has all of its features; null for versions that are not in the table.</summary>
    public static DriverVersion? Full(CudaVersion cuda) =>
        FullTable.LastOrDefault(row => row.Cuda.Major == cuda.Major && row.Cuda.Minor == cuda.Minor && row.Cuda <= cuda with { Update = cuda.Update ?? 0 }).Driver;

    /// <summary>The least that a device must be able to execute: CUDA 13 has dropped Maxwell, Pascal and Volta.</summary>
    public static ComputeCapability LeastCapability(CudaVersion cuda) => cuda.Major >= 13 ? Turing : Any;

    /// <summary>Judges a driver for a CUDA version.</summary>
    /// <param name="driver">The driver; where its version is not known, its CUDA version decides.</param>
    /// <param name="needed">What the trainer uses.</param>
    public static CudaJudgement Judge(GpuDriver driver, CudaVersion needed)
    {
        string name = driver.Version is { } version ? $"driver {version}" : "the driver";
        if (driver.IsForwardCompatible && driver.Cuda is { } compat && compat.Covers(needed))
        {
            return IsFull(driver with { CudaLibraryPath = null, Cuda = null }, needed) == true
                ? new CudaJudgement(GpuLevel.Ok, $"{name} has all of CUDA {needed}")
                : new CudaJudgement(GpuLevel.Warn, $"forward compatibility: the package cuda-compat brings CUDA {compat} to {name}; only data-centre GPUs can use it",
                    $"on other GPUs, remove cuda-compat and update the host's driver{From(needed)}");
        }
        if (IsFull(driver, needed) == true)
            return new CudaJudgement(GpuLevel.Ok, $"{name} has all of CUDA {needed}");
        if (RunsAtAll(driver, needed) is not { } runs)
            return new CudaJudgement(GpuLevel.Warn, $"whether {name} runs CUDA {needed} cannot be told");
        if (!runs)
        {
            string least = Minimum(needed) is { } minimum ? $"at least {minimum}" : "a newer one";
            return new CudaJudgement(GpuLevel.Fail, $"{name} is too old for CUDA {needed}, which needs {least}",
                $"update the host's driver{From(needed)}, or use an image with an older CUDA{Own(driver)}");
        }
        return new CudaJudgement(GpuLevel.Warn,
            $"minor-version compatibility: {name} runs CUDA {needed}, but no PTX of newer toolkits, and not all features",
            $"for all of CUDA {needed}, update the host's driver{From(needed)}");
    }

    // Null where neither the table nor the driver says it.
    private static bool? IsFull(GpuDriver driver, CudaVersion needed) =>
        driver.Version is { } version && Full(needed) is { } full ? version >= full
        : driver.Cuda is { } own ? own.Covers(needed)
        : null;

    private static bool? RunsAtAll(GpuDriver driver, CudaVersion needed) =>
        driver.Version is { } version && Minimum(needed) is { } minimum ? version >= minimum
        : driver.Cuda is { } own ? own.Major >= needed.Major
        : null;

    private static string From(CudaVersion needed) => Full(needed) is { } full ? $" to {full} or newer" : "";

    private static string Own(GpuDriver driver) => driver.Cuda is { } own ? $" ({own} or below)" : "";

    private static (CudaVersion, DriverVersion) Row(int major, int minor, int update, string driver) =>
        (new CudaVersion(major, minor, update), DriverVersion.Parse(driver));
}

/// <summary>Whether a driver and a CUDA version go together.</summary>
/// <param name="Level">How well.</param>
/// <param name="Rule">The rule that says so.</param>
/// <param name="Hint">What would be better; null where nothing would.</param>
public sealed record CudaJudgement(GpuLevel Level, string Rule, string? Hint = null);
