using System.Diagnostics;
using System.Text;

namespace DataVersion.Tests.Configuration;

/// <summary>What the real git reads in a file: the judge of our parser.</summary>
internal static class GitConfig
{
    /// <summary>`key` → value in the order of the file, or null where git refuses the file. A valueless key has a null value.</summary>
    public static IReadOnlyList<(string Key, string? Value)>? List(byte[] content)
    {
        string path = Path.Combine(Path.GetTempPath(), $"dv-config-{Guid.NewGuid():N}");
        File.WriteAllBytes(path, content);
        try
        {
            ProcessStartInfo start = new("git", ["config", "-f", path, "--list", "-z"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Encoding.UTF8,
            };
            using Process git = Process.Start(start)!;
            string output = git.StandardOutput.ReadToEnd();
            git.StandardError.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? [.. output.Split('\0')[..^1].Select(Split)] : null;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (string Key, string? Value) Split(string record)
    {
        // The key ends at the first line feed; a subsection cannot hold one.
        int feed = record.IndexOf('\n', StringComparison.Ordinal);
        return feed < 0 ? (record, null) : (record[..feed], record[(feed + 1)..]);
    }
}
