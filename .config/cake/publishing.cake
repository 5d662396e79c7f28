#nullable enable
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

string HostRid()
{
    var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
    return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
}

// What can be published: the program's name, its project, and what tells its folder from the others.
(string Name, string Project, string Suffix)[] Programs() =>
[
    ("dv", Program, ""),
    ("dv-train", "src/DataVersion.Trainer/DataVersion.Trainer.csproj", "-train"),
    ("dv-serve", "src/DataVersion.Serving/DataVersion.Serving.csproj", "-serve"),
];

// --program=dv (default), train, serve or all.
(string Name, string Project, string Suffix)[] ChosenPrograms()
{
    var wanted = Argument("program", "dv");
    var chosen = Programs().Where(p => wanted == "all" || p.Name == wanted || p.Name == $"dv-{wanted}").ToArray();
    return chosen.Length > 0 ? chosen : throw new CakeException($"--program={wanted}: it is dv, train, serve or all");
}

// In artifacts/publish, artifacts/publish-train or artifacts/publish-serve; with the platform behind it where that is another than this one.
void PublishReady((string Name, string Project, string Suffix) program)
{
    var rid = Argument("rid", HostRid());
    // Composite: compiled together with the framework, whose generic code would otherwise be compiled anew in each start.
    string[] options = ["--self-contained", "-p:PublishReadyToRun=true", "-p:PublishReadyToRunComposite=true", .. HasArgument("cuda") ? ["-p:OnnxRuntimeCuda=true"] : Array.Empty<string>()];
    PublishProgram(program.Name, program.Project, rid, $"artifacts/publish{program.Suffix}{(rid == HostRid() ? "" : $"-{rid}")}", options);
}

void PublishProgram(string name, string project, string rid, string folder, params string[] options)
{
    // Restored first and apart: what is missing is then told in one line.
    var properties = options.Select(o => o == "--self-contained" ? "-p:SelfContained=true" : o).ToArray();
    var (code, output) = Capture("bash", [".config/feed/restore.sh", project, "--runtime", rid, .. properties]);
    if (code != 0)
    {
        var missing = Regex.Matches(output, "Unable to find package ([A-Za-z0-9_.-]*[A-Za-z0-9])").Select(m => m.Groups[1].Value).Distinct().ToArray();
        throw new CakeException(missing.Length > 0
            ? $"Cannot publish {name} for {rid} here: the package registry has no {string.Join(", ", missing)}. It can be done where the registry is complete."
            : output);
    }
    EnsureFreshFolder(folder);
    Run("dotnet", ["publish", project, "--no-restore", "--configuration", "Release", "--runtime", rid, "--output", folder, "--verbosity", "quiet", .. options]);
    if (!GetFiles($"{folder}/**/*git2*").Any())
    {
        System.IO.Directory.Delete(folder, recursive: true);
        throw new CakeException($"Cannot publish {name} for {rid} here: the local feed's libgit2 is for {HostRid()} only. It can be done where the registry is complete.");
    }
    if (rid == HostRid())
    {
        RequireNativeLibraries(folder);
        NoteLocalFeed(folder);
        RequireStart($"{folder}/{name}");
    }
    var bytes = GetFiles($"{folder}/**/*").Sum(file => new System.IO.FileInfo(file.FullPath).Length);
    Console.WriteLine($"{folder}/{name}  ({bytes / 1e6:0} MB in the folder)");
}

// Starts what was published where no runtime is to be found: from another folder, without any variable. The trainer makes some rows, which needs its native library.
void RequireStart(string program)
{
    var scratch = System.IO.Directory.CreateTempSubdirectory("dv-publish-").FullName;
    try
    {
        string[] arguments = program.EndsWith("dv-train") ? ["generate", "--rows", "10", "--out", $"{scratch}/rows.parquet"] : program.EndsWith("dv") ? ["version"] : ["--version"];
        var start = new ProcessStartInfo(System.IO.Path.GetFullPath(program), arguments) { WorkingDirectory = scratch, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new CakeException($"{program} was published and does not start from {scratch}: exit {process.ExitCode}\n{errors.Result}");
        }
    }
    finally
    {
        System.IO.Directory.Delete(scratch, recursive: true);
    }
}
