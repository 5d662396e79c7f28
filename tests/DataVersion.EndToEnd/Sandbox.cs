using System.Diagnostics;
using System.Security.Cryptography;

namespace DataVersion.EndToEnd;

/// <summary>What a program printed and how it ended.</summary>
internal sealed record Ran(int ExitCode, string Output, string Errors)
{
    /// <summary>For the message of an assertion.</summary>
    public override string ToString() => $"exit {ExitCode}\nstdout: {Output}\nstderr: {Errors}";
}

/// <summary>A folder of one test with a home of its own, so that no configuration of the machine's user plays a part.</summary>
internal sealed class Sandbox : IDisposable
{
    private readonly Dictionary<string, string> _environment = [];

    /// <summary>Makes the folder, on the machine's temporary disk unless another place is named.</summary>
    public Sandbox(string? place = null)
    {
        Root = place is null ? Directory.CreateTempSubdirectory("dv-e2e-").FullName : Directory.CreateDirectory(Path.Combine(place, "sandbox")).FullName;
        Home = Directory.CreateDirectory(Path.Combine(Root, "home")).FullName;
        File.WriteAllText(Path.Combine(Home, ".gitconfig"), "[user]\n\tname = Tester\n\temail = tester@example.invalid\n[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n");
        _environment["HOME"] = Home;
        _environment["XDG_CONFIG_HOME"] = Path.Combine(Home, ".config");
        _environment["GIT_CONFIG_NOSYSTEM"] = "1";
        _environment["NO_COLOR"] = "1";
    }

    /// <summary>The folder; removed at the end.</summary>
    public string Root { get; }

    /// <summary>The user's home.</summary>
    public string Home { get; }

    /// <summary>Variables for all programs that are started from now on.</summary>
    public void Set(string name, string value) => _environment[name] = value;

    /// <summary>A path below the sandbox.</summary>
    public string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A Git repository with dv in it, a commit, and a directory remote named <c>storage</c> beside it.</summary>
    public async Task<string> CreateRepositoryAsync(string name = "repo")
    {
        string repository = Directory.CreateDirectory(At(name)).FullName;
        await GitAsync(repository, "init", "-q");
        await DvOkAsync(repository, "init", "-q");
        await DvOkAsync(repository, "remote", "add", "storage", "../storage");
        await CommitAsync(repository, "dv init");
        return repository;
    }

    /// <summary>Clones a repository beside it.</summary>
    public async Task<string> CloneAsync(string source, string name)
    {
        await GitAsync(Root, "clone", "-q", source, name);
        return At(name);
    }

    /// <summary>Commits everything that Git sees.</summary>
    public async Task CommitAsync(string repository, string message)
    {
        await GitAsync(repository, "add", "-A");
        await GitAsync(repository, "commit", "-q", "-m", message);
    }

    /// <summary>Runs dv.</summary>
    public Task<Ran> DvAsync(string folder, params string[] arguments) => RunAsync(DvProgram.FilePath, folder, arguments);

    /// <summary>Runs dv, which must succeed.</summary>
    public async Task<Ran> DvOkAsync(string folder, params string[] arguments)
    {
        Ran ran = await DvAsync(folder, arguments);
        Xunit.Assert.True(ran.ExitCode == 0, $"dv {string.Join(' ', arguments)}: {ran}");
        return ran;
    }

    /// <summary>Runs dv with a variable of its own.</summary>
    public Task<Ran> DvWithAsync(string folder, string variable, string value, params string[] arguments) =>
        RunAsync(DvProgram.FilePath, folder, arguments, (variable, value));

    /// <summary>Runs git, which must succeed, and returns what it printed.</summary>
    public async Task<string> GitAsync(string folder, params string[] arguments)
    {
        Ran ran = await RunAsync("git", folder, arguments);
        Xunit.Assert.True(ran.ExitCode == 0, $"git {string.Join(' ', arguments)}: {ran}");
        return ran.Output;
    }

    /// <summary>Starts a program with the sandbox's environment; its input is closed.</summary>
    public Process Start(string program, string folder, IEnumerable<string> arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("DV_", StringComparison.Ordinal) || k.StartsWith("GIT_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach ((string name, string value) in _environment.Select(e => (e.Key, e.Value)).Concat(variables))
            start.Environment[name] = value;
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Runs a program to its end, or to that of the test's time.</summary>
    public async Task<Ran> RunAsync(string program, string folder, IEnumerable<string> arguments, params (string Name, string Value)[] variables)
    {
        CancellationToken cancellation = Xunit.TestContext.Current.CancellationToken;
        using Process process = Start(program, folder, arguments, variables);
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.WaitForExitAsync(cancellation);
            return new Ran(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            // Nobody else would: what hung here would take its part of the machine from all other tests.
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Writes a file and the folders above it.</summary>
    public static void Write(string folder, string path, string text)
    {
        string full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    /// <summary>Every file below a folder with the SHA-256 of its bytes (links: their targets), as one text to compare.</summary>
    public static string Snapshot(string folder)
    {
        IEnumerable<string> lines = Directory.EnumerateFileSystemEntries(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(e => $"{Path.GetRelativePath(folder, e)} {Describe(e)}");
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (string folder in Directory.EnumerateDirectories(Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true }))
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(Root, recursive: true);
    }

    private static string Describe(string path)
    {
        if (new FileInfo(path).LinkTarget is { } target)
            return $"-> {target}";
        if (Directory.Exists(path))
            return "folder";
        bool executable = (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) != 0;
        return $"{(executable ? "x" : "f")} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}";
    }
}
