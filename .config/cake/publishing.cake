#nullable enable
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

string HostRid()
{
    var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
    return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
}

void PublishProgram(string rid, string folder, params string[] options)
{
    // Restored first and apart: what is missing is then told in one line.
    var properties = options.Select(o => o == "--self-contained" ? "-p:SelfContained=true" : o).ToArray();
    var (code, output) = Capture("bash", [".config/feed/restore.sh", Program, "--runtime", rid, .. properties]);
    if (code != 0)
    {
        var missing = Regex.Matches(output, "Unable to find package ([A-Za-z0-9_.-]*[A-Za-z0-9])").Select(m => m.Groups[1].Value).Distinct().ToArray();
        throw new CakeException(missing.Length > 0
            ? $"Cannot publish for {rid} here: the package registry has no {string.Join(", ", missing)}. It can be done where the registry is complete."
            : output);
    }
    EnsureFreshFolder(folder);
    Run("dotnet", ["publish", Program, "--no-restore", "--configuration", "Release", "--runtime", rid, "--output", folder, "--verbosity", "quiet", .. options]);
    if (!GetFiles($"{folder}/**/*git2*").Any())
    {
        System.IO.Directory.Delete(folder, recursive: true);
        throw new CakeException($"Cannot publish for {rid} here: the local feed's libgit2 is for {HostRid()} only. It can be done where the registry is complete.");
    }
    if (rid == HostRid())
    {
        RequireNativeLibraries(folder);
        NoteLocalFeed(folder);
    }
    var bytes = GetFiles($"{folder}/**/*").Sum(file => new System.IO.FileInfo(file.FullPath).Length);
    Console.WriteLine($"{folder}/dv  ({bytes / 1e6:0} MB in the folder)");
}
