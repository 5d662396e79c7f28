using System.Globalization;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>How many bytes dv reads, as the kernel counts them: a rule that holds on any machine, unlike a time.</summary>
internal static class ReadMeter
{
    /// <summary>What the runtime, the libraries and our own small files cost, in bytes.</summary>
    public const long Slack = 16 << 20;

    /// <summary>Skips the test where nothing counts.</summary>
    public static void Require() => Assert.SkipUnless(File.Exists("/proc/self/io"), "this system does not count what is read");

    /// <summary>Runs dv, which must succeed.</summary>
    public static async Task<long> BytesReadAsync(Sandbox sandbox, string folder, string arguments)
    {
        // A shell's own account takes in that of the children that it has waited for.
        Ran ran = await sandbox.RunAsync("sh", folder, ["-c", $"\"$0\" {arguments} >&2 || exit; cat /proc/$$/io", DvProgram.FilePath]);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        string line = ran.Output.Split('\n').Single(l => l.StartsWith("rchar: ", StringComparison.Ordinal));
        return long.Parse(line["rchar: ".Length..], CultureInfo.InvariantCulture);
    }
}
