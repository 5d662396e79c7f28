using System.Globalization;

namespace DataVersion.Tracking.Preflight;

/// <summary>Whether variables hide all devices from a trainer.</summary>
internal static class GpuVisibility
{
    /// <summary>
    /// CUDA shows the devices that <c>CUDA_VISIBLE_DEVICES</c> lists, up to the first that is none: so the first entry decides whether it shows any
    /// (CUDA C++ Programming Guide, "CUDA Environment Variables").
    /// </summary>
    /// <returns>What hides them; null where something is seen.</returns>
    internal static string? HiddenByCuda(string? value, IReadOnlyList<GpuDevice> devices)
    {
        if (value is null)
            return null;
        string first = value.Split(',')[0].Trim();
        if (first.Length == 0 || first.StartsWith('-'))
            return $"CUDA_VISIBLE_DEVICES=\"{value}\" hides all devices";
        // Parts of a device have names and numbers of their own.
        if (first.StartsWith("MIG-", StringComparison.Ordinal) || devices.Any(d => d.Mig == true) || devices.Count == 0)
            return null;
        if (int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return index < devices.Count ? null : $"CUDA_VISIBLE_DEVICES=\"{value}\" begins with a device that is not there: {Count(devices)} seen";
        return devices.Any(d => d.Uuid is null || (first.Length > "GPU-".Length && d.Uuid.StartsWith(first, StringComparison.OrdinalIgnoreCase)))
            ? null
            : $"CUDA_VISIBLE_DEVICES=\"{value}\" begins with a device that is not there";
    }

    /// <summary>
    /// NVIDIA's container runtime gives no device for these. Devices given in another way (CDI) come with <c>void</c>, too, so this explains
    /// why there are none, and does not tell whether there are any.
    /// </summary>
    internal static string? HiddenByRuntime(string? value) =>
        value is "void" or "none" ? $"NVIDIA_VISIBLE_DEVICES={value} asks the container runtime for no devices" : null;

    private static string Count(IReadOnlyList<GpuDevice> devices) =>
        devices.Count == 1 ? "1 device is" : string.Create(CultureInfo.InvariantCulture, $"{devices.Count} devices are");
}
