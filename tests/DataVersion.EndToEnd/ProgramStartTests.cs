using Xunit;

namespace DataVersion.EndToEnd;

public class ProgramStartTests
{
    [Fact]
    public async Task The_built_program_starts_outside_a_repository_and_says_nothing_on_stderr()
    {
        var folder = Directory.CreateTempSubdirectory("dv-start-");
        try
        {
            var result = await DvProgram.RunAsync(folder.FullName, ["version"], TestContext.Current.CancellationToken);

            Assert.Equal((0, ""), (result.ExitCode, result.Errors));
            Assert.Empty(folder.EnumerateFileSystemInfos());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
