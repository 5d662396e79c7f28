using System.Globalization;
using System.Runtime.InteropServices;

namespace DataVersion.Tracking.Preflight;

/// <summary>The driver's device nodes, and the devices behind them as the kernel's module tells.</summary>
internal static partial class GpuNodes
{
    private const string Prefix = "nvidia";
    private const int ReadAndWrite = 6;

    /// <summary>All nodes <c>/dev/nvidia*</c>.</summary>
    internal static IReadOnlyList<GpuNode> List(MachinePaths paths) =>
        [.. SmallFile.TryList(paths.DevDirectory, $"{Prefix}*").Where(p => !Directory.Exists(p)).Select(p => new GpuNode(p, IsUsable(p), MinorOf(p)))];

    /// <summary>
    /// The devices for which there is a node: <c>/proc/driver/nvidia/gpus/ADDRESS/information</c> names them. What a container was not given has no node,
    /// though the kernel may list it.
    /// </summary>
    internal static IReadOnlyList<GpuDevice> Devices(MachinePaths paths, IReadOnlyList<GpuNode> nodes)
    {
        Dictionary<int, GpuDevice> known = [];
        foreach (string folder in SmallFile.TryList(Path.Combine(paths.ProcDirectory, "driver", "nvidia", "gpus")))
        {
            if (ReadInformation(SmallFile.TryRead(Path.Combine(folder, "information")) ?? "") is ({ } minor, var device))
                known[minor] = device;
        }
        return [.. nodes.Where(n => n.Minor is not null).OrderBy(n => n.Minor).Select(n => known.GetValueOrDefault(n.Minor!.Value, new GpuDevice()))];
    }

    /// <summary>Reads lines such as <c>Model: 		 NVIDIA H100 80GB HBM3</c>.</summary>
    internal static (int? Minor, GpuDevice Device) ReadInformation(string text)
    {
        int? minor = null;
        var device = new GpuDevice();
        foreach (string line in text.Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string value = line[(colon + 1)..].Trim();
            switch (colon < 0 ? "" : line[..colon].Trim())
            {
                case "Model":
                    device = device with { Name = value };
                    break;
                // Without the right to open it, the kernel writes GPU-????????-….
                case "GPU UUID" when !value.Contains('?', StringComparison.Ordinal):
                    device = device with { Uuid = value };
                    break;
                case "Device Minor" when TryNumber(value, out int number):
                    minor = number;
                    break;
            }
        }
        return (minor, device);
    }

    private static int? MinorOf(string path) => TryNumber(Path.GetFileName(path)[Prefix.Length..], out int minor) ? minor : null;

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    // Opening a node could wake the device; this only asks.
    private static bool IsUsable(string path) => OperatingSystem.IsWindows() || Access(path, ReadAndWrite) == 0;

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
