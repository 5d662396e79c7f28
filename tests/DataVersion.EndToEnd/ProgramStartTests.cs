using Xunit;

namespace DataVersion.EndToEnd;

public class ProgramStartTests
{
    [Fact]
    public async Task The_built_program_starts_outside_a_repository_and_says_nothing_on_stderr()
    {
        using var sandbox = new Sandbox();
        string folder = Directory.CreateDirectory(sandbox.At("empty")).FullName;

        Ran ran = await sandbox.DvAsync(folder, "version");

        Assert.Equal((0, ""), (ran.ExitCode, ran.Errors));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }
}
