using DataVersion.Tracking.Processes;
using Xunit;

namespace DataVersion.Tests.Tracking.Processes;

/// <summary>The same answers as a shell gives: 127 for what is not there, 126 for what cannot be run.</summary>
public sealed class CommandSearchTests : IDisposable
{
    private readonly ChildBox _box = new();

    public CommandSearchTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "modes of Linux");

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData("no-such-command-anywhere"), InlineData("./none"), InlineData("/none/none"), InlineData("none/")]
    public async Task A_missing_command_is_not_found(string command)
    {
        SupervisedExit run = await _box.RunAsync(command);
        Assert.Equal(StartOutcome.NotFound, run.Start);
        Assert.Equal(127, run.Exit.ShellCode);
        Assert.Contains(command, run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_the_right_is_not_executable()
    {
        _box.Write("plain", "#!/bin/sh\nexit 0\n", executable: false);
        SupervisedExit run = await _box.RunAsync("./plain");
        Assert.Equal(StartOutcome.NotExecutable, run.Start);
        Assert.Equal(126, run.Exit.ShellCode);
        Assert.Contains("chmod +x", run.Problem, StringComparison.Ordinal);
        Assert.Equal(126, (await _box.RunAsync(_box.Start("plain") with { SearchPath = _box.Folder })).Exit.ShellCode);
    }

    [Fact]
    public async Task A_folder_is_not_executable()
    {
        Directory.CreateDirectory(_box.At("folder"));
        Assert.Equal(126, (await _box.RunAsync("./folder")).Exit.ShellCode);
        Assert.Equal(127, (await _box.RunAsync(_box.Start("folder") with { SearchPath = _box.Folder })).Exit.ShellCode);
    }

    [Fact]
    public async Task A_missing_interpreter_and_a_foreign_program_are_not_executable()
    {
        _box.Write("script", "#!/none/python\n", executable: true);
        _box.Write("binary", "\u007fELF\0\0\0", executable: true);
        SupervisedExit script = await _box.RunAsync("./script");
        Assert.Equal(126, script.Exit.ShellCode);
        Assert.Contains("interpreter", script.Problem, StringComparison.Ordinal);
        Assert.Equal(StartOutcome.NotExecutable, (await _box.RunAsync("./binary")).Start);
    }

    [Fact]
    public async Task A_script_without_a_first_line_goes_to_the_shell()
    {
        _box.Write("script", "exit $#\n", executable: true);
        Assert.Equal(3, (await _box.RunAsync("./script", "a", "b", "c")).Exit.ShellCode);
    }

    [Fact]
    public async Task The_first_folder_with_a_program_wins()
    {
        foreach (string folder in new[] { "none", "plain", "one", "two" })
            Directory.CreateDirectory(_box.At(folder));
        _box.Write("plain/x", "#!/bin/sh\nexit 9\n", executable: false);
        _box.Write("one/x", "#!/bin/sh\nexit 1\n", executable: true);
        _box.Write("two/x", "#!/bin/sh\nexit 2\n", executable: true);
        Assert.Equal(1, (await _box.RunAsync(_box.Start("x") with { SearchPath = $"none:plain:{_box.At("one")}:two" })).Exit.ShellCode);
        Assert.Equal(127, (await _box.RunAsync(_box.Start("x") with { SearchPath = null })).Exit.ShellCode);
    }

    [Fact]
    public async Task Relative_paths_are_seen_from_the_working_directory()
    {
        Directory.CreateDirectory(_box.At("sub"));
        _box.Write("sub/x", "#!/bin/sh\nexit 5\n", executable: true);
        Assert.Equal(5, (await _box.RunAsync(_box.Start("./x") with { WorkingDirectory = _box.At("sub") })).Exit.ShellCode);
        Assert.Equal(5, (await _box.RunAsync(_box.Start("x") with { WorkingDirectory = _box.At("sub"), SearchPath = "/none:" })).Exit.ShellCode);
    }
}
