using DataVersion.Testing;
using DataVersion.Tracking.Processes;

namespace DataVersion.Tests.Tracking.Processes;

/// <summary>Real children in a folder of their own, and the signals that are delivered to them.</summary>
internal sealed class ChildBox : IDisposable
{
    private static readonly string SystemPath = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin";

    private readonly TempFolder _folder = new();

    public SignalRelay Relay { get; } = new();

    public Dictionary<string, string> Variables { get; } = new() { ["PATH"] = SystemPath, ["LC_ALL"] = "C" };

    public SupervisorOptions Options { get; set; } = new(TimeProvider.System) { Grace = TimeSpan.FromSeconds(30) };

    public bool NewGroup { get; set; } = true;

    public string Folder => _folder.Path;

    public string At(string name) => _folder.At(name);

    public ChildStart Start(string command, params string[] arguments) => new(command, arguments, Folder, Variables, SystemPath, NewGroup);

    public Task<SupervisedExit> RunAsync(string command, params string[] arguments) => RunAsync(Start(command, arguments));

    public Task<SupervisedExit> RunAsync(ChildStart start) => ChildSupervisor.RunAsync(start, Options, Relay, Xunit.TestContext.Current.CancellationToken);

    public Task<SupervisedExit> ShellAsync(string script) => RunAsync("sh", "-c", script);

    /// <summary>Runs Python with the facts that it writes into the file "out", and gives that file's lines.</summary>
    public async Task<string[]> PythonAsync(string program)
    {
        SupervisedExit exit = await RunAsync("python3", "-c", program);
        Xunit.Assert.Equal(0, exit.Exit.ShellCode);
        return await File.ReadAllLinesAsync(At("out"));
    }

    /// <summary>Waits for a file that a child writes when it is ready.</summary>
    public async Task<string> FileAsync(string name)
    {
        for (int i = 0; i < 1000; i++)
        {
            if (File.Exists(At(name)) && await File.ReadAllTextAsync(At(name)) is var text && text.EndsWith('\n'))
                return text.Trim();
            await Task.Delay(10, Xunit.TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"the child never wrote '{name}'");
    }

    public void Write(string name, string text, bool executable)
    {
        File.WriteAllText(At(name), text);
        if (executable && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(At(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>True for a process that runs; a zombie does not.</summary>
    public static bool IsAlive(int id)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose() => _folder.Dispose();
}
