#nullable enable
using System.Diagnostics;

// Starts a program whose output goes where ours goes, and fails unless it exits with 0.
void Run(string program, params string[] arguments)
{
    var code = TryRun(program, arguments);
    if (code != 0)
    {
        throw new CakeException($"`{program} {string.Join(' ', arguments)}` exited with {code}");
    }
}

int TryRun(string program, params string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
    process.WaitForExit();
    return process.ExitCode;
}

// The same, with what it prints returned instead.
(int Code, string Output) Capture(string program, params string[] arguments)
{
    var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
    using var process = Process.Start(start)!;
    var errors = process.StandardError.ReadToEndAsync();
    var output = process.StandardOutput.ReadToEnd() + errors.Result;
    process.WaitForExit();
    return (process.ExitCode, output);
}

void EnsureFreshFolder(string folder)
{
    if (System.IO.Directory.Exists(folder))
    {
        System.IO.Directory.Delete(folder, recursive: true);
    }
    System.IO.Directory.CreateDirectory(folder);
}

void RequirePackages(params string[] packages)
{
    if (OperatingSystem.IsLinux() && TryRun("bash", [".config/os-packages.sh", .. packages]) != 0)
    {
        throw new CakeException($"Needed and not there: {string.Join(' ', packages)}");
    }
}

void WantPackages(string otherwise, params string[] packages)
{
    if (OperatingSystem.IsLinux() && TryRun("bash", [".config/os-packages.sh", .. packages]) != 0)
    {
        Console.WriteLine($"Without {string.Join(' ', packages)}: {otherwise}.");
    }
}

// A server that tests talk to, installed by a script. Where the whole check runs, it is no choice.
void WantServer(string otherwise, string script)
{
    if (TryRun("bash", script) == 0)
    {
        return;
    }
    if (EnvironmentVariable("CI") is not null)
    {
        throw new CakeException($"`bash {script}` failed");
    }
    Console.WriteLine($"`bash {script}` failed: {otherwise}.");
}

// A libgit2 out of the local feed is Debian's, which stands on further libraries of Debian's; NuGet's own stands alone.
void RequireNativeLibraries(string folder)
{
    if (LinkedLibraries(folder).Contains("not found"))
    {
        RequirePackages("libgit2-1.5");
    }
}

void NoteLocalFeed(string folder)
{
    if (LinkedLibraries(folder).Contains("libssh2"))
    {
        Console.WriteLine("Note: libgit2 in there is Debian's, out of the local feed: it runs where the package libgit2-1.5 is installed.");
    }
}

// What this platform's libgit2 below the folder stands on, as ldd says it.
string LinkedLibraries(string folder)
{
    var architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
    var library = System.IO.Directory.EnumerateFiles(folder, "libgit2-*.so", SearchOption.AllDirectories)
        .FirstOrDefault(file => !file.Contains("runtimes") || file.Contains($"linux-{architecture}"));
    return OperatingSystem.IsLinux() && library is not null ? Capture("ldd", library).Output : "";
}
