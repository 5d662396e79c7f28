using System.Diagnostics;
using System.Globalization;

namespace DataVersion.Testing.Platform;

/// <summary>How many bytes of disk a file takes, which for a sparse file is less than its size.</summary>
public static class DiskUsage
{
    /// <summary>Asks <c>stat</c>; the file's size where there is no such program.</summary>
    public static long Of(string path)
    {
        if (!OperatingSystem.IsLinux())
            return new FileInfo(path).Length;
        using Process process = Process.Start(new ProcessStartInfo("stat", ["-c", "%b", path]) { RedirectStandardOutput = true })!;
        string blocks = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return long.Parse(blocks, CultureInfo.InvariantCulture) * 512;
    }
}
