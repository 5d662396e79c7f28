using System.Globalization;
using DataVersion.Tracking.Processes;
using Xunit;

namespace DataVersion.Tests.Tracking.Processes;

public sealed class ChildStartTests : IDisposable
{
    private readonly ChildBox _box = new();

    public ChildStartTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "children of Linux");

    public static TheoryData<string[]> OddArguments => new(
        [""], ["", ""], [" ", "a b", "\t", "\n", "a\nb\n"], ["'", "\"", "\\", "\\\"", "`id`", "$HOME", "$(id)", "*", "?", "~", "#", ";", "&", "|", "<", ">"],
        ["--", "-c", "--x=y", "%PATH%", "^", "!"], ["ä", "日本語", "😀", "\u200b", "\ufeff", "e\u0301"], ["\u0001\u001b[31m\u007f"], [new string('x', 100_000)]);

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData(0), InlineData(1), InlineData(42), InlineData(64), InlineData(78), InlineData(127), InlineData(255)]
    public async Task The_exit_code_is_the_childs(int code)
    {
        SupervisedExit run = await _box.ShellAsync($"exit {code}");
        Assert.Equal(new SupervisedExit(StartOutcome.Started, new ChildExit(code, null), null, false, null, null), run);
        Assert.Equal(code, run.Exit.ShellCode);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(6), InlineData(9), InlineData(10), InlineData(12), InlineData(13), InlineData(14), InlineData(15)]
    public async Task A_signal_that_ends_the_child_is_told_from_a_code(int signal)
    {
        SupervisedExit run = await _box.ShellAsync($"kill -{signal} $$");
        Assert.Equal(new ChildExit(null, signal), run.Exit);
        Assert.Equal(128 + signal, run.Exit.ShellCode);
        Assert.Null((await _box.ShellAsync($"exit {128 + signal}")).Exit.Signal);
    }

    [Theory]
    [MemberData(nameof(OddArguments))]
    public async Task Arguments_pass_unchanged(string[] arguments)
    {
        SupervisedExit run = await _box.RunAsync("python3", ["-c", "import sys,os\nopen('out','wb').write(b''.join(os.fsencode(a)+b'\\0' for a in sys.argv[1:]))", .. arguments]);
        Assert.Equal(0, run.Exit.ShellCode);
        Assert.Equal(arguments, (await File.ReadAllTextAsync(_box.At("out"), TestContext.Current.CancellationToken)).Split('\0')[..^1]);
    }

    [Fact]
    public async Task The_environment_is_exactly_the_given_one()
    {
        _box.Variables["EMPTY"] = "";
        _box.Variables["ODD"] = "a=b\nc 😀";
        SupervisedExit run = await _box.ShellAsync("cat /proc/self/environ >out");
        Assert.Equal(0, run.Exit.ShellCode);
        string[] pairs = (await File.ReadAllTextAsync(_box.At("out"), TestContext.Current.CancellationToken)).Split('\0')[..^1];
        // The shell adds PWD; nothing else is there.
        Assert.Equal(_box.Variables.Select(v => $"{v.Key}={v.Value}").Order(StringComparer.Ordinal),
            pairs.Where(p => !p.StartsWith("PWD=", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_working_directory_is_the_given_one()
    {
        Directory.CreateDirectory(_box.At("sub dir"));
        ChildStart start = _box.Start("sh", "-c", "pwd >here") with { WorkingDirectory = _box.At("sub dir") };
        Assert.Equal(0, (await _box.RunAsync(start)).Exit.ShellCode);
        Assert.Equal(_box.At("sub dir"), await _box.FileAsync("sub dir/here"));
    }

    [Fact]
    public async Task A_missing_working_directory_is_named()
    {
        var error = await Assert.ThrowsAsync<FileAccessException>(() => _box.RunAsync(_box.Start("true") with { WorkingDirectory = _box.At("nowhere") }));
        Assert.Equal(_box.At("nowhere"), error.Path);
    }

    [Fact]
    public async Task The_child_meets_default_signals_and_an_empty_mask()
    {
        // Of 64 signals the last 32 are left out: there the C library has its own.
        await _box.ShellAsync("grep -E '^Sig(Ign|Blk)' /proc/self/status | sed 's/\\t.*\\(........\\)$/ \\1/' >out");
        Assert.Equal(["SigBlk: 00000000", "SigIgn: 00000000"], (await File.ReadAllLinesAsync(_box.At("out"), TestContext.Current.CancellationToken))
            .Select(l => l.EndsWith("80000000", StringComparison.Ordinal) ? l.Replace("80000000", "00000000", StringComparison.Ordinal) : l));
        // Python takes SIGINT only where it does not find it ignored.
        Assert.Equal(["True"], await _box.PythonAsync("import signal\nopen('out','w').write(str(signal.getsignal(signal.SIGINT) is signal.default_int_handler))"));
    }

    [Fact]
    public async Task A_pipe_whose_reader_left_ends_the_writer()
    {
        Task<SupervisedExit> run = _box.RunAsync("bash", "-c", "yes | head -1 >out; echo ${PIPESTATUS[0]} >status");
        Assert.Equal(0, (await run.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Exit.ShellCode);
        Assert.Equal("141", await _box.FileAsync("status"));
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task A_group_of_its_own_where_asked_for(bool newGroup)
    {
        _box.NewGroup = newGroup;
        string[] lines = await _box.PythonAsync("import os\nopen('out','w').write(f'{os.getpid()}\\n{os.getpgrp()}\\n{os.getpgid(os.getppid())}')");
        Assert.Equal(newGroup, lines[0] == lines[1]);
        Assert.Equal(!newGroup, lines[1] == lines[2]);
    }

    [Fact]
    public async Task Two_hundred_children_leave_no_zombie_and_no_thread()
    {
        for (int i = 0; i < 200; i++)
            Assert.Equal(i % 7, (await _box.RunAsync(_box.Start("/bin/sh", "-c", $"exit {i % 7}"))).Exit.Code);
        Assert.Empty(ZombiesOfOurs());
        Assert.InRange(Directory.GetDirectories("/proc/self/task").Length, 1, 150);
    }

    [Fact]
    public async Task Nothing_is_started_where_it_was_cancelled_before()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ChildSupervisor.RunAsync(_box.Start("touch", "started"), _box.Options, _box.Relay, new CancellationToken(canceled: true)));
        Assert.False(File.Exists(_box.At("started")));
    }

    [Theory]
    [InlineData("a\0b", "x", "x"), InlineData("a", "", "x"), InlineData("a", "A=B", "x"), InlineData("a", "A", "x\0y"), InlineData("a", "A\0", "x")]
    public async Task What_no_program_can_be_given_is_refused(string argument, string variable, string value)
    {
        _box.Variables[variable] = value;
        await Assert.ThrowsAsync<UsageException>(() => _box.RunAsync("true", argument));
    }

    [Fact]
    public async Task Too_much_for_the_system_is_said()
    {
        _box.Variables["BIG"] = new string('x', 10_000_000);
        UsageException error = await Assert.ThrowsAsync<UsageException>(() => _box.RunAsync("true"));
        Assert.Contains("larger than this system allows", error.Message, StringComparison.Ordinal);
    }

    private static List<string> ZombiesOfOurs() =>
        [.. Directory.GetDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out _)).Where(IsZombieOfOurs)];

    private static bool IsZombieOfOurs(string folder)
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(folder, "stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" && fields[1] == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
