using System.ComponentModel;
using System.Diagnostics;

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

    /// <summary>Runs git to its end. Its input is closed, or <paramref name="input"/>.</summary>
    internal GitResult Run(string directory, IEnumerable<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        using Process process = Start(directory, arguments);
        using CancellationTokenRegistration kill = cancellation.Register(() => Kill(process));
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        // While git writes, more than a pipe holds must be fed from elsewhere.
        Task feeding = input.Length > PipeLength ? Task.Run(() => Feed(process, input), CancellationToken.None) : Task.CompletedTask;
        if (input.Length <= PipeLength)
            Feed(process, input);
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        feeding.Wait(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        return new GitResult(process.ExitCode, output.ToArray(), errors.GetAwaiter().GetResult());
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
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new GitException($"'{Path}' does not start: {e.Message}", null, e);
        }
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
internal readonly record struct GitResult(int ExitCode, byte[] Output, string Error)
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
