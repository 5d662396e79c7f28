using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace DataVersion.Git;

/// <summary>The git program: what LibGit2Sharp cannot do is done by it.</summary>
public sealed class GitProgram
{
    private const int PipeLength = 4096;

    // Set in hooks and by wrappers; they would send git to another repository than the one that was found.
    private static readonly string[] RedirectingVariables =
    [
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_NAMESPACE", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS", "GIT_LITERAL_PATHSPECS", "GIT_EXTERNAL_DIFF",
    ];

    private GitToken? _token;

    private GitProgram(string path) => Path = path;

    /// <summary>The program's file.</summary>
    public string Path { get; }

    /// <summary>Variables for git beside those of this process; tests keep the user's configuration away with them.</summary>
    internal IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Finds git in a search path such as the value of <c>PATH</c>; null where it is not there. Relative parts are left out.</summary>
    public static GitProgram? Find(string? searchPath) => Find(searchPath, new Dictionary<string, string>());

    internal static GitProgram? Find(string? searchPath, IReadOnlyDictionary<string, string> variables)
    {
        string name = OperatingSystem.IsWindows() ? "git.exe" : "git";
        string? file = (searchPath ?? "").Split(System.IO.Path.PathSeparator)
            .Where(System.IO.Path.IsPathFullyQualified)
            .Select(folder => System.IO.Path.Combine(folder, name))
            .FirstOrDefault(IsExecutable);
        return file is null ? null : new GitProgram(file) { Variables = variables };
    }

    /// <summary>Settings for git beside those of its files and of its environment; they are stronger than a repository's own.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Settings { get; private init; } = [];

    /// <summary>Whether this program reads a repository of another user, which it must not obey (<see cref="ForForeign"/>).</summary>
    internal bool ReadsForeign { get; private init; }

    /// <summary>
    /// The program for reading a repository that another user owns, which git refuses. What its configuration could have git run (filters, hooks,
    /// transports for missing objects) is switched off.
    /// </summary>
    internal GitProgram ForForeign(GitLayout layout)
    {
        var trusting = new GitProgram(Path)
        {
            // A repository may say protocol.NAME.allow, which only this variable overrules.
            Variables = new Dictionary<string, string>(Variables) { ["GIT_ALLOW_PROTOCOL"] = "none" },
            Settings = [.. new[] { layout.WorkTree, layout.GitDirectory, layout.CommonDirectory }.Distinct().Select(p => KeyValuePair.Create("safe.directory", p)),
                KeyValuePair.Create("core.hooksPath", "/dev/null")],
            ReadsForeign = true,
        };
        GitResult filters = trusting.Run(layout.WorkTree, ["config", "-z", "--name-only", "--get-regexp", @"^filter\."], default, CancellationToken.None);
        var off = ProgramBackend.SplitZero(filters.Output)
            .Select(key => key[..key.LastIndexOf('.')]).Distinct()
            .SelectMany(filter => (KeyValuePair<string, string>[])
                [new($"{filter}.clean", ""), new($"{filter}.smudge", ""), new($"{filter}.process", ""), new($"{filter}.required", "false")]);
        return new GitProgram(Path) { Variables = trusting.Variables, Settings = [.. trusting.Settings, .. off], ReadsForeign = true };
    }

    /// <summary>The program with more variables.</summary>
    internal GitProgram With(string variable, string value) =>
        new(Path) { Variables = new Dictionary<string, string>(Variables) { [variable] = value }, Settings = Settings, ReadsForeign = ReadsForeign, _token = _token };

    /// <summary>The program with more settings.</summary>
    internal GitProgram With(IEnumerable<KeyValuePair<string, string>> settings) =>
        new(Path) { Variables = Variables, Settings = [.. Settings, .. settings], ReadsForeign = ReadsForeign, _token = _token };

    /// <summary>The program that signs in with a token where it fetches; null changes nothing.</summary>
    public GitProgram With(GitToken? token) => new(Path) { Variables = Variables, Settings = Settings, ReadsForeign = ReadsForeign, _token = token ?? _token };

    /// <summary>The program for fetching from a URL.</summary>
    internal GitProgram ForFetching(string url) => _token?.AddTo(this, url) ?? this;

    /// <summary>Runs git to its end. Its input is closed, or <paramref name="input"/>.</summary>
    internal GitResult Run(string directory, IEnumerable<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation) =>
        Run(directory, arguments, input, Array.MaxLength, cancellation);

    /// <summary>The same; where git prints more than <paramref name="maxBytes"/>, it is ended and the rest left out.</summary>
    internal GitResult Run(string directory, IEnumerable<string> arguments, ReadOnlyMemory<byte> input, int maxBytes, CancellationToken cancellation)
    {
        using Process process = Start(directory, arguments);
        using CancellationTokenRegistration kill = cancellation.Register(() => Kill(process));
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        // While git writes, more than a pipe holds must be fed from elsewhere.
        Task feeding = input.Length > PipeLength ? Task.Run(() => Feed(process, input), CancellationToken.None) : Task.CompletedTask;
        if (input.Length <= PipeLength)
            Feed(process, input);
        using var output = new MemoryStream();
        bool isCut = !CopyUpTo(process.StandardOutput.BaseStream, output, maxBytes);
        if (isCut)
            Kill(process);
        process.WaitForExit();
        feeding.Wait(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        return new GitResult(process.ExitCode, output.ToArray(), errors.GetAwaiter().GetResult(), isCut);
    }

    private static bool CopyUpTo(Stream from, MemoryStream to, int maxBytes)
    {
        var buffer = new byte[1 << 16];
        int read;
        while ((read = from.Read(buffer)) > 0)
        {
            int fits = (int)Math.Min(read, maxBytes - to.Length);
            to.Write(buffer, 0, fits);
            if (fits < read)
                return false;
        }
        return true;
    }

    /// <summary>Starts git in a directory with all three streams redirected.</summary>
    internal Process Start(string directory, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Path)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // A configured file system monitor is a program of the repository's choice.
        foreach (string argument in arguments.Prepend("core.fsmonitor=false").Prepend("-c").Prepend("--no-pager"))
            start.ArgumentList.Add(argument);
        foreach (string variable in RedirectingVariables)
            start.Environment.Remove(variable);
        start.Environment["LC_ALL"] = "C";
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        foreach ((string key, string value) in Variables)
            start.Environment[key] = value;
        AddSettings(start.Environment);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new GitException($"'{Path}' does not start: {e.Message}", null, e);
        }
    }

    // After those that the environment holds already (git-config, GIT_CONFIG_COUNT).
    private void AddSettings(IDictionary<string, string?> environment)
    {
        if (Settings.Count == 0)
            return;
        int count = environment.TryGetValue("GIT_CONFIG_COUNT", out string? text) && int.TryParse(text, CultureInfo.InvariantCulture, out int given) ? given : 0;
        foreach ((string key, string value) in Settings)
        {
            environment[string.Create(CultureInfo.InvariantCulture, $"GIT_CONFIG_KEY_{count}")] = key;
            environment[string.Create(CultureInfo.InvariantCulture, $"GIT_CONFIG_VALUE_{count}")] = value;
            count++;
        }
        environment["GIT_CONFIG_COUNT"] = count.ToString(CultureInfo.InvariantCulture);
    }

    internal static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }

    private static void Feed(Process process, ReadOnlyMemory<byte> input)
    {
        try
        {
            using Stream stream = process.StandardInput.BaseStream;
            stream.Write(input.Span);
        }
        catch (IOException)
        {
            // Git ended before it read everything: its exit code and message say why.
        }
    }

    private static bool IsExecutable(string file) =>
        File.Exists(file) && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}

/// <summary>How git ended.</summary>
internal readonly record struct GitResult(int ExitCode, byte[] Output, string Error, bool IsCut = false)
{
    /// <summary>Git's own reason in one line, without its <c>fatal:</c>.</summary>
    internal string Reason
    {
        get
        {
            string[] lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            string line = lines.FirstOrDefault(IsFailure) ?? lines.LastOrDefault() ?? $"it ended with {ExitCode}";
            return line.StartsWith("fatal: ", StringComparison.Ordinal) || line.StartsWith("error: ", StringComparison.Ordinal) ? line[7..] : line;
        }
    }

    private static bool IsFailure(string line) =>
        line.StartsWith("fatal: ", StringComparison.Ordinal) || line.StartsWith("error: ", StringComparison.Ordinal);
}
