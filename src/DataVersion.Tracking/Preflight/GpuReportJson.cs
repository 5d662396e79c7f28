using System.Text.Json;

namespace DataVersion.Tracking.Preflight;

/// <summary>Writes a <see cref="GpuReport"/> as JSON. What is not known is null; every name is always there.</summary>
public static class GpuReportJson
{
    /// <summary>Writes one object.</summary>
    public static void Write(Utf8JsonWriter json, GpuReport report)
    {
        GpuVerdict verdict = report.Verdict;
        json.WriteStartObject();
        json.WriteBoolean("usable", report.IsUsable);
        json.WriteString("provider", report.Provider);
        json.WriteString("level", Name(verdict.Level));
        json.WriteString("cause", Name(verdict.Cause));
        json.WriteString("reason", verdict.Reason);
        json.WriteString("hint", verdict.Hint);
        json.WriteStartArray("warnings");
        foreach (GpuWarning warning in verdict.Warnings)
        {
            json.WriteStartObject();
            json.WriteString("text", warning.Text);
            json.WriteString("hint", warning.Hint);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteSoftware(json, report);
        WriteDevices(json, report);
        json.WriteString("NVIDIA_VISIBLE_DEVICES", report.NvidiaVisibleDevices);
        json.WriteString("NVIDIA_DRIVER_CAPABILITIES", report.NvidiaDriverCapabilities);
        json.WriteString("CUDA_VISIBLE_DEVICES", report.CudaVisibleDevices);
        WriteNumber(json, "shmBytes", report.SharedMemoryBytes);
        json.WriteEndObject();
    }

    /// <summary>The stable word for a level: <c>ok</c>, <c>warn</c>, <c>fail</c>.</summary>
    public static string Name(GpuLevel level) => level switch
    {
        GpuLevel.Ok => "ok",
        GpuLevel.Warn => "warn",
        GpuLevel.Fail => "fail",
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };

    /// <summary>The stable word for a cause; null for none.</summary>
    public static string? Name(GpuCause cause) => cause switch
    {
        GpuCause.None => null,
        GpuCause.NoDriver => "no-driver",
        GpuCause.DriverFails => "driver-fails",
        GpuCause.DevicesHidden => "devices-hidden",
        GpuCause.NoDevice => "no-device",
        GpuCause.NoPermission => "no-permission",
        GpuCause.NoCudaLibrary => "no-libcuda",
        GpuCause.DriverTooOld => "driver-too-old",
        GpuCause.DeviceTooOld => "device-too-old",
        GpuCause.LibraryMissing => "library-missing",
        _ => throw new ArgumentOutOfRangeException(nameof(cause)),
    };

    /// <summary>The stable word for a source: <c>nvml</c>, <c>proc</c>, <c>sys</c>.</summary>
    public static string Name(DriverSource source) => source switch
    {
        DriverSource.Nvml => "nvml",
        DriverSource.Proc => "proc",
        DriverSource.Sys => "sys",
        _ => throw new ArgumentOutOfRangeException(nameof(source)),
    };

    private static void WriteSoftware(Utf8JsonWriter json, GpuReport report)
    {
        GpuDriver driver = report.Driver;
        json.WriteString("driver", driver.Version?.Text);
        json.WriteString("driverSource", driver.Source is { } source ? Name(source) : null);
        json.WriteString("cudaDriver", driver.Cuda?.ToString());
        json.WriteBoolean("libcuda", driver.HasCudaLibrary);
        json.WriteString("libcudaPath", driver.CudaLibraryPath);
        json.WriteBoolean("forwardCompatibility", driver.IsForwardCompatible);
        json.WriteString("cudaImage", report.ImageCuda?.ToString());
        json.WriteString("cudaRuntime", report.RuntimeCuda?.ToString());
        json.WriteString("cudaRuntimePath", report.CudaRuntime.Path);
        json.WriteString("cudnn", report.Cudnn.Version);
        json.WriteString("cudnnPath", report.Cudnn.Path);
        json.WriteString("ort", report.OnnxRuntime.Version);
        json.WriteString("ortPath", report.OnnxRuntime.Path);
        json.WriteStartArray("ortProviders");
        foreach (string provider in report.OnnxProviders)
            json.WriteStringValue(provider);
        json.WriteEndArray();
    }

    private static void WriteDevices(Utf8JsonWriter json, GpuReport report)
    {
        json.WriteStartArray("devices");
        foreach (GpuDevice device in report.Devices)
        {
            json.WriteStartObject();
            json.WriteString("uuid", device.Uuid);
            json.WriteString("name", device.Name);
            json.WriteString("cc", device.Capability?.ToString());
            WriteNumber(json, "memMiB", device.MemoryMiB);
            if (device.Mig is { } mig)
                json.WriteBoolean("mig", mig);
            else
                json.WriteNull("mig");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("nodes");
        foreach (GpuNode node in report.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("path", node.Path);
            json.WriteBoolean("usable", node.IsUsable);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
