using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace DataVersion.Testing.Servers;

/// <summary>
/// A real server that a script beside these tests starts in a folder of its own, once for the whole test program. It ends with the program;
/// what a killed program left behind is ended by the next.
/// </summary>
public sealed class ScriptedServer
{
    private const string FolderPrefix = "dv-test-server-";
    private static readonly Lazy<bool> LeftoversEnded = new(EndLeftovers);
    private readonly Dictionary<string, string> _facts;

    private ScriptedServer(string folder)
    {
        Folder = folder;
        _facts = File.ReadAllLines(Path.Combine(folder, "ports"))
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
    }

    /// <summary>Where it keeps everything.</summary>
    public string Folder { get; }

    /// <summary>Starts a server. A test on a machine without the programs is skipped with the reason.</summary>
    /// <param name="script">A script of this folder: it gets the server's folder, and writes <c>ports</c> there.</param>
    /// <param name="programs">What must be installed.</param>
    public static ScriptedServer Start(string script, params string[] programs)
    {
        foreach (string program in programs)
            Assert.SkipUnless(IsInstalled(program), $"{program} is not installed here (./build.sh --target=Test installs it)");
        _ = LeftoversEnded.Value;
        string log = "";
        for (int attempt = 0; attempt < 2; attempt++)
        {
            string folder = Directory.CreateTempSubdirectory($"{FolderPrefix}{Environment.ProcessId}-").FullName;
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop(folder);
            if (Run(script, folder) == 0)
                return new ScriptedServer(folder);
            log = Log(folder);
            // Someone else may have taken a port that was free a moment ago.
            Stop(folder);
        }
        throw new InvalidOperationException($"{script} failed twice; its logs end with:{Environment.NewLine}{log}");
    }

    /// <summary>A port that the script wrote down.</summary>
    public int Port(string name) => int.Parse(_facts[name], CultureInfo.InvariantCulture);

    private static bool IsInstalled(string program) =>
        new[] { "/usr/bin", "/usr/sbin", "/usr/local/bin" }.Any(folder => File.Exists(Path.Combine(folder, program)));

    private static void Stop(string folder) => Run("stop.sh", folder);

    private static int Run(string script, string folder)
    {
        // No pipe to it: its daemons would inherit the pipe and hold it open.
        var start = new ProcessStartInfo("/bin/bash")
        {
            ArgumentList = { "-c", "exec bash \"$0\" \"$1\" > \"$1.log\" 2>&1 < /dev/null", Path.Combine(AppContext.BaseDirectory, "Servers", script), folder },
        };
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private static string Log(string folder)
    {
        IEnumerable<string> files = Directory.Exists(Path.Combine(folder, "log")) ? Directory.EnumerateFiles(Path.Combine(folder, "log")) : [];
        return string.Join(Environment.NewLine, files.Append($"{folder}.log").Where(File.Exists).SelectMany(file => File.ReadLines(file).TakeLast(5)));
    }

    private static bool EndLeftovers()
    {
        foreach (string folder in Directory.EnumerateDirectories(Path.GetTempPath(), $"{FolderPrefix}*"))
        {
            string owner = Path.GetFileName(folder)[FolderPrefix.Length..].Split('-', 2)[0];
            if (int.TryParse(owner, CultureInfo.InvariantCulture, out int pid) && !Directory.Exists($"/proc/{pid}"))
                Stop(folder);
        }
        return true;
    }
}
