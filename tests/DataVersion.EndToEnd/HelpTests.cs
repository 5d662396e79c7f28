using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Help, completion and pipes, with the real process.</summary>
public class HelpTests
{
    [Fact]
    public async Task Every_command_explains_itself_outside_of_a_repository()
    {
        using var sandbox = new Sandbox();
        Ran overview = await sandbox.DvOkAsync(sandbox.Root, "--help");
        string[] commands =
        [
            "init", "add", "status", "checkout", "push", "fetch", "pull", "pin", "remote", "remote add", "remote list", "remote remove", "remote rename", "remote default",
            "remote modify", "remote trust", "runs", "runs list", "runs show", "runs diff", "runs sync", "trace", "reproduce", "verify", "doctor", "unprotect", "config", "root", "version", "completion", "help",
        ];
        foreach (string command in commands)
        {
            Ran help = await sandbox.DvOkAsync(sandbox.Root, [.. command.Split(' '), "--help"]);

            Assert.Contains($"dv {command}", help.Output, StringComparison.Ordinal);
            Assert.Equal("", help.Errors);
            Assert.Contains(command.Split(' ')[0], overview.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task A_completion_script_is_printed(string shell)
    {
        using var sandbox = new Sandbox();

        Ran ran = await sandbox.DvOkAsync(sandbox.Root, "completion", shell);

        Assert.Contains("dv", ran.Output, StringComparison.Ordinal);
        if (shell == "bash")
            Assert.Equal(0, (await sandbox.RunAsync("bash", sandbox.Root, ["-n", "-c", ran.Output])).ExitCode);
    }

    [Fact]
    public async Task Output_goes_into_a_pipe_that_closes_early()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        for (int i = 0; i < 3000; i++)
            Sandbox.Write(repository, $"data/a file with a rather long name, so that a pipe is full {i}", "");
        await sandbox.DvOkAsync(repository, "add", "data");
        Directory.Delete(Path.Combine(repository, "data"), recursive: true);
        Directory.CreateDirectory(Path.Combine(repository, "data"));

        foreach (string command in (string[])["status", "status --json", "--help", "config"])
        {
            Ran ran = await sandbox.RunAsync("bash", repository, ["-c", $"'{DvProgram.FilePath}' {command} | head -n 1"]);

            Assert.True(ran.ExitCode == 0 && ran.Errors.Length == 0 && ran.Output.Length > 0, $"{command}: {ran}");
        }
    }
}
