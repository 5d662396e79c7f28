using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace DataVersion.Tracking.Records;

/// <summary>The trainer's Python.</summary>
/// <param name="Version">Implementation and version: <c>CPython 3.11.2</c>.</param>
/// <param name="Packages">What <c>pip freeze</c> would list, by name.</param>
public sealed record PythonFacts(string Version, IReadOnlyList<PackageFacts> Packages);

/// <summary>
/// Asks the interpreter that a command runs on for its packages: <c>importlib.metadata</c>, which is what <c>pip freeze</c> reads, and is there
/// without pip and ten times as fast.
/// </summary>
public static class PythonPackages
{
    private const string Script =
        "import json,platform,sys\n"
        + "try:\n import importlib.metadata as m\n"
        + " p=sorted({((d.metadata['Name'] or ''),(d.version or '')) for d in m.distributions()})\n"
        + "except Exception:\n p=[]\n"
        + "json.dump({'version':platform.python_implementation()+' '+platform.python_version(),'packages':p},sys.stdout)";

    private const int MaxShebang = 256;

    /// <summary>The interpreter of a command: <c>python…</c> itself, or that of a script's first line; null where it is not Python.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="workingDirectory">Where it starts.</param>
    /// <param name="searchPath">Folders in which programs are looked for.</param>
    public static string? FindInterpreter(IReadOnlyList<string> command, string workingDirectory, string searchPath)
    {
        if (Locate(command[0], workingDirectory, searchPath) is not { } program)
            return null;
        if (IsPython(Path.GetFileName(command[0])))
            return program;
        if (FirstLine(program) is not { } line || !line.StartsWith("#!", StringComparison.Ordinal))
            return null;
        string[] words = line[2..].Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string? named = words is [{ } env, ..] && Path.GetFileName(env) == "env" ? words.Skip(1).FirstOrDefault(w => !w.StartsWith('-') && !w.Contains('=')) : words.FirstOrDefault();
        return named is not null && IsPython(Path.GetFileName(named)) ? Locate(named, workingDirectory, searchPath) : null;
    }

    /// <summary>Asks an interpreter; null where it does not answer in time, or nonsense.</summary>
    /// <param name="interpreter">Absolute path.</param>
    /// <param name="environment">The trainer's variables.</param>
    /// <param name="workingDirectory">Where the trainer starts.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<PythonFacts?> AskAsync(
        string interpreter, IReadOnlyDictionary<string, string> environment, string workingDirectory, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(interpreter, ["-c", Script])
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            try
            {
                string text = await process.StandardOutput.ReadToEndAsync(limit.Token);
                await process.WaitForExitAsync(limit.Token);
                return process.ExitCode == 0 ? Parse(text) : null;
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancellationToken.ThrowIfCancellationRequested();
                return null;
            }
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reads the interpreter's answer.</summary>
    internal static PythonFacts? Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            string version = document.RootElement.GetProperty("version").GetString() ?? "";
            return new PythonFacts(version, [.. document.RootElement.GetProperty("packages").EnumerateArray()
                .Select(p => new PackageFacts("python", p[0].GetString() ?? "", p[1].GetString() ?? "")).Where(p => p.Name.Length > 0)]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>Where a program lies: a path, or a name that is looked for.</summary>
    internal static string? Locate(string program, string workingDirectory, string searchPath)
    {
        if (program.Length == 0 || program.Contains('\0'))
            return null;
        if (program.Contains('/'))
            return File.Exists(Path.GetFullPath(program, workingDirectory)) ? Path.GetFullPath(program, workingDirectory) : null;
        return searchPath.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.GetFullPath(Path.Combine(folder, program), workingDirectory)).FirstOrDefault(File.Exists);
    }

    // python, python3, python3.11, pypy3, python3.13t.
    private static bool IsPython(string name) =>
        (name.StartsWith("python", StringComparison.Ordinal) && name["python".Length..].All(c => char.IsAsciiDigit(c) || c is '.' or 't'))
        || (name.StartsWith("pypy", StringComparison.Ordinal) && name["pypy".Length..].All(c => char.IsAsciiDigit(c) || c == '.'));

    private static string? FirstLine(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            var start = new byte[MaxShebang];
            int length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            return System.Text.Encoding.UTF8.GetString(start, 0, length).Split('\n')[0];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
