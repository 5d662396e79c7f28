using System.Diagnostics;
using DataVersion.Tracking.Processes;
using Xunit;

namespace DataVersion.Tests.Tracking.Processes;

/// <summary>
/// As PID 1: the tests that say so are skipped everywhere else, and run by the first one, which starts this very program in a namespace of its own. There .NET
/// would reap our child as well, and with it its exit code (docs/decisions/0012-child-process.md).
/// </summary>
public sealed class InitTests : IDisposable
{
    private const string Inside = "only for PID 1";

    private readonly ChildBox _box = new();

    public static bool IsInit => Environment.ProcessId == 1;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _box.Dispose();

    [Fact]
    public async Task As_the_first_process_of_a_container()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && !IsInit, "namespaces of Linux");
        SupervisedExit probe = await _box.RunAsync("unshare", "-pf", "--mount-proc", "true");
        Assert.SkipUnless(probe.Exit.IsSuccess, "no right to make a namespace");
        SupervisedExit run = await _box.ShellAsync(
            $"exec unshare -pf --mount-proc '{Environment.ProcessPath}' {Arguments()} -noLogo -noColor -class {typeof(InitTests).FullName} >log 2>&1");
        string log = await File.ReadAllTextAsync(_box.At("log"), Token);
        Assert.True(run.Exit.IsSuccess, log);
        Assert.Contains("Total: 6, Errors: 0, Failed: 0, Skipped: 2,", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_children_were_ignored_when_we_started()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && !IsInit, "signals of Linux");
        const string Ignore = "import os,signal,sys\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nos.execvp(sys.argv[1], sys.argv[1:])";
        const string Test = "DataVersion.Tests.Tracking.Processes.ChildStartTests.The_exit_code_is_the_childs";
        SupervisedExit run = await _box.ShellAsync($"exec python3 -c '{Ignore}' '{Environment.ProcessPath}' {Arguments()} -noLogo -noColor -method {Test} >log 2>&1");
        string log = await File.ReadAllTextAsync(_box.At("log"), Token);
        Assert.True(run.Exit.IsSuccess, log);
        Assert.Contains("Total: 7, Errors: 0, Failed: 0, Skipped: 0,", log, StringComparison.Ordinal);
    }

    [Fact(Skip = Inside, SkipUnless = nameof(IsInit))]
    public async Task The_exit_code_is_never_lost_to_the_runtime()
    {
        await UseProcessAsync();
        for (int i = 0; i < 100; i++)
            Assert.Equal(i, (await _box.RunAsync(_box.Start("/bin/sh", "-c", $"exit {i}"))).Exit.Code);
        Assert.Equal(9, (await _box.ShellAsync("kill -9 $$")).Exit.Signal);
        Assert.Empty(Zombies());
    }

    [Fact(Skip = Inside, SkipUnless = nameof(IsInit))]
    public async Task Orphans_are_reaped_while_the_child_runs()
    {
        // Each orphan leaves the group, so that it is not among what is cleaned up with it.
        Task<SupervisedExit> run = _box.ShellAsync(
            "for i in 1 2 3 4 5; do (setsid sleep 0.1 & exec true); done; sleep 0.5; echo >up; while ! [ -e stop ]; do sleep 0.05; done; exit 8");
        await _box.FileAsync("up");
        for (int i = 0; Zombies().Count > 0; i++)
        {
            Assert.InRange(i, 0, 500);
            await Task.Delay(20, Token);
        }
        await File.WriteAllTextAsync(_box.At("stop"), "", Token);
        Assert.Equal(8, (await run).Exit.Code);
    }

    [Fact(Skip = Inside, SkipUnless = nameof(IsInit))]
    public async Task A_child_of_the_runtime_is_left_to_it()
    {
        using Process other = Process.Start("sleep", "0.3");
        SupervisedExit run = await _box.ShellAsync("(setsid sleep 0.1 & exec true); sleep 2.5; exit 3");
        Assert.Equal(3, run.Exit.Code);
        await other.WaitForExitAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal(0, other.ExitCode);
        await UseProcessAsync();
    }

    [Fact(Skip = Inside, SkipUnless = nameof(IsInit))]
    public async Task What_the_child_leaves_behind_is_gone()
    {
        SupervisedExit run = await _box.ShellAsync("sleep 60 & sh -c \"trap '' TERM; while :; do sleep 0.05; done\" & exit 4");
        Assert.Equal(4, run.Exit.Code);
        Assert.Empty(Zombies());
        Assert.Equal(["1"], Directory.GetDirectories("/proc").Select(d => Path.GetFileName(d)).Where(n => char.IsAsciiDigit(n[0])));
    }

    /// <summary>The runtime's own handling of SIGCHLD begins with the first use of Process.</summary>
    private static async Task UseProcessAsync()
    {
        using Process process = Process.Start("true");
        await process.WaitForExitAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal(0, process.ExitCode);
    }

    private static string Arguments() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? $"'{typeof(InitTests).Assembly.Location}'" : "";

    private static List<string> Zombies()
    {
        var zombies = new List<string>();
        foreach (string folder in Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            try
            {
                string stat = File.ReadAllText(Path.Combine(folder, "stat"));
                if (stat[stat.LastIndexOf(')') + 2] == 'Z')
                    zombies.Add(stat);
            }
            catch (IOException)
            {
                // It has ended.
            }
        }
        return zombies;
    }
}
