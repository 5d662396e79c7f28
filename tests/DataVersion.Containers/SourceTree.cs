using System.Diagnostics;
using Xunit;

namespace DataVersion.Containers;

/// <summary>Copies of sources, to build from and to edit.</summary>
internal static class SourceTree
{
    /// <summary>Copies what Git tracks, as it lies there now, and what it would track.</summary>
    internal static async Task CopyAsync(string repository, string folder)
    {
        Directory.CreateDirectory(folder);
        var start = new ProcessStartInfo("/bin/sh", ["-c", "git ls-files -z --cached --others --exclude-standard | tar -c --null --files-from - --ignore-failed-read 2>/dev/null | tar -x -C \"$0\"", folder]) { WorkingDirectory = repository };
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        Assert.True(File.Exists(Path.Combine(folder, "Directory.Packages.props")), "the sources were not copied");
    }

    /// <summary>Writes a file and the folders above it.</summary>
    internal static void Write(string folder, string path, string text)
    {
        string full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
