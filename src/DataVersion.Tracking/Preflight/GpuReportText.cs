using System.Globalization;

namespace DataVersion.Tracking.Preflight;

/// <summary>A <see cref="GpuReport"/> as one block of lines.</summary>
public static class GpuReportText
{
    private const int LabelWidth = 11;

    /// <summary>The block: a word, and what there is to say of it. Texts of the machine are in it as they are; escape them before showing.</summary>
    public static IReadOnlyList<string> Lines(GpuReport report)
    {
        GpuVerdict verdict = report.Verdict;
        GpuDriver driver = report.Driver;
        List<string> lines =
        [
            Line("gpu", report.IsUsable ? "usable" : "not usable: trainers use the CPU"),
            Line("verdict", $"{GpuReportJson.Name(verdict.Level)}: {verdict.Reason}"),
        ];
        if (verdict.Hint is { } hint)
            lines.Add(Line("hint", hint));
        foreach (GpuWarning warning in verdict.Warnings)
            lines.Add(Line("warning", warning.Hint is null ? warning.Text : $"{warning.Text} ({warning.Hint})"));
        lines.Add(Line("driver", Driver(driver)));
        lines.Add(Line("libcuda", !driver.HasCudaLibrary ? "missing" : (driver.CudaLibraryPath ?? "loaded") + (driver.IsForwardCompatible ? " (forward compatibility)" : "")));
        lines.Add(Line("cuda image", report.ImageCuda?.ToString() ?? "not said (CUDA_VERSION is not set)"));
        lines.Add(Line("cuda here", Library(report.CudaRuntime)));
        lines.Add(Line("cudnn", Library(report.Cudnn)));
        lines.Add(Line("onnx", Library(report.OnnxRuntime) + (report.OnnxProviders.Count == 0 ? "" : $", providers {string.Join(", ", report.OnnxProviders)}")));
        lines.AddRange(report.Devices.Select((device, i) => Line(string.Create(CultureInfo.InvariantCulture, $"device {i}"), Device(device))));
        if (report.Devices.Count == 0)
            lines.Add(Line("devices", "none"));
        lines.Add(Line("nodes", report.Nodes.Count == 0 ? "none" : string.Join(", ", report.Nodes.Select(n => n.IsUsable ? n.Path : $"{n.Path} (no permission)"))));
        lines.Add(Line("variables", string.Join(", ",
            Variable("NVIDIA_VISIBLE_DEVICES", report.NvidiaVisibleDevices),
            Variable("NVIDIA_DRIVER_CAPABILITIES", report.NvidiaDriverCapabilities),
            Variable("CUDA_VISIBLE_DEVICES", report.CudaVisibleDevices))));
        if (report.SharedMemoryBytes is { } bytes)
            lines.Add(Line("/dev/shm", string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB")));
        return lines;
    }

    private static string Line(string label, string text) => $"{label.PadRight(LabelWidth)} {text}";

    private static string Driver(GpuDriver driver)
    {
        string version = driver.Version is null ? "none found" : $"{driver.Version} ({GpuReportJson.Name(driver.Source!.Value)})";
        string cuda = driver.Cuda is { } own ? $", CUDA up to {own}" : "";
        string nvml = driver.NvmlError == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", NVML: {driver.NvmlMessage} ({driver.NvmlError})");
        return version + cuda + nvml;
    }

    private static string Library(GpuLibrary library) => !library.IsFound ? "not found"
        : library.Path is null ? library.Version ?? "found"
        : $"{library.Version ?? "version not known"} ({library.Path})";

    private static string Device(GpuDevice device)
    {
        string?[] parts =
        [
            device.Name ?? "name not known",
            device.Uuid,
            device.Capability is { } capability ? $"compute capability {capability}" : null,
            device.MemoryMiB is { } memory ? string.Create(CultureInfo.InvariantCulture, $"{memory} MiB") : null,
            device.Mig is { } mig ? mig ? "MIG on" : "MIG off" : null,
        ];
        return string.Join(", ", parts.Where(p => p is not null));
    }

    private static string Variable(string name, string? value) => value is null ? $"{name} unset" : value.Length == 0 ? $"{name} empty" : $"{name}={value}";
}
