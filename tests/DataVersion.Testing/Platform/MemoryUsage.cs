using System.Diagnostics;
using System.Globalization;
using DataVersion.Platform;
using Xunit;

namespace DataVersion.Testing.Platform;

/// <summary>How many bytes of a file the kernel keeps in memory.</summary>
public static class MemoryUsage
{
    private const string Fincore = "/usr/bin/fincore";

    /// <summary>Asks <c>fincore</c>; the test is skipped where there is no such program, and where files have no other place than memory.</summary>
    public static long Of(string path)
    {
        Assert.SkipUnless(File.Exists(Fincore), "fincore (util-linux) tells what is in memory");
        Assert.SkipWhen(FileSystems.Of(path) is FileSystemKind.Memory or FileSystemKind.Overlay, "the kernel forgets nothing of a file in memory or in an overlay");
        using Process process = Process.Start(new ProcessStartInfo(Fincore, ["--bytes", "--noheadings", "--output", "RES", path]) { RedirectStandardOutput = true })!;
        string bytes = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return long.Parse(bytes.Trim(), CultureInfo.InvariantCulture);
    }
}
