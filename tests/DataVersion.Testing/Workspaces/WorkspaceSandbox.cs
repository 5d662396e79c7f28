using System.Diagnostics;
using System.Text;

namespace DataVersion.Testing.Workspaces;

/// <summary>A temporary folder that a test fills; paths have '/' between names.</summary>
public sealed class WorkspaceSandbox : IDisposable
{
    /// <summary>The folder.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("dv-test-workspace-").FullName;

    /// <summary>Where a path of the workspace lies.</summary>
    public string PathOf(string path) => Path.Combine(Root, path);

    /// <summary>Writes a file, with its folders.</summary>
    public void Write(string path, string content = "") => Write(path, Encoding.UTF8.GetBytes(content));

    /// <inheritdoc cref="Write(string, string)"/>
    public void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllBytes(PathOf(path), content);
    }

    /// <summary>Makes a folder, with those around it.</summary>
    public void MakeFolder(string path) => Directory.CreateDirectory(PathOf(path));

    /// <summary>Makes a symbolic link, with the folders around it.</summary>
    public void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.CreateSymbolicLink(PathOf(path), target);
    }

    /// <summary>Runs a program in the folder and returns what it printed.</summary>
    public byte[] Run(string program, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["HOME"] = Root;
        start.Environment["XDG_CONFIG_HOME"] = Root;
        using Process process = Process.Start(start)!;
        Task feeding = Task.Run(() =>
        {
            process.StandardInput.BaseStream.Write(Encoding.UTF8.GetBytes(input));
            process.StandardInput.Close();
        });
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        feeding.Wait();
        return output.ToArray();
    }

    /// <summary>Which of some paths git ignores, in a repository whose folder this is, and the pattern that says so.</summary>
    public IReadOnlyList<(string Path, bool Ignored, string Pattern)> CheckIgnore(IEnumerable<string> paths)
    {
        string input = string.Concat(paths.Select(path => path + "\0"));
        string[] fields = Encoding.UTF8.GetString(Run("git", input, "check-ignore", "--no-index", "--stdin", "-z", "-v", "-n")).Split('\0');
        return [.. fields.SkipLast(1).Chunk(4).Select(f => (f[3], f[2].Length > 0 && f[2][0] != '!', $"{f[0]}:{f[1]}:{f[2]}"))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // .NET cannot remove what it cannot name: bytes that are not UTF-8, paths longer than the kernel takes in one call.
        if (OperatingSystem.IsLinux())
            Run("rm", "", "-rf", Root);
        else
            Directory.Delete(Root, recursive: true);
    }
}
