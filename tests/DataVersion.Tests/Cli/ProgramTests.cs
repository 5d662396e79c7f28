using System.Text.Json;
using DataVersion.Cli;
using DataVersion.Testing;
using Xunit;

namespace DataVersion.Tests.Cli;

public sealed class ProgramTests
{
    [Fact]
    public async Task Version_as_json_has_the_documented_names()
    {
        CliRun run = await CliRun.OfAsync("version", "--json");

        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.Equal(["version", "commit", "runtime", "os"], json.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.StartsWith("0.", json.RootElement.GetProperty("version").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_is_the_same_by_option_and_command() =>
        Assert.StartsWith((await CliRun.OfAsync("--version")).Output.TrimEnd(), (await CliRun.OfAsync("version")).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Full_disk_behind_stdout_is_an_error()
    {
        using var error = new StringWriter { NewLine = "\n" };
        using var output = new FullWriter();

        int code = await CliApplication.RunAsync(["version"], CliRun.Host("/", output, error), TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.Incomplete, code);
        Assert.Equal("dv: error: the output cannot be written: no space left on the disk\n", error.ToString());
    }

    [Fact]
    public void Library_sees_only_its_own_variables()
    {
        CliHost host = CliRun.Host("/", TextWriter.Null, TextWriter.Null) with
        {
            Environment = new Dictionary<string, string> { ["DV_JOBS"] = "3", ["AWS_SECRET_ACCESS_KEY"] = "s", ["HOME"] = "/h", ["XDG_CONFIG_HOME"] = "relative" },
        };

        HostEnvironment environment = host.ToHostEnvironment();

        Assert.Equal(["DV_JOBS"], environment.Variables.Keys);
        Assert.Equal("/h/.config/dv", environment.UserConfigDirectory);
    }

    [Fact]
    public async Task A_listing_that_nobody_reads_any_more_is_not_walked_through()
    {
        const int Files = 2_000;
        using var folder = new TempFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "data"));
        for (int i = 0; i < Files; i++)
            await File.WriteAllTextAsync(Path.Combine(folder.Path, "data", $"{i}.txt"), "", TestContext.Current.CancellationToken);
        await CliRun.InAsync(folder.Path, "init", "--no-git");
        await CliRun.InAsync(folder.Path, "add", "data");
        using var left = new StringWriter { NewLine = "\n" };

        CliRun read = await CliRun.InAsync(folder.Path, "ls", "-R", "data");
        int code = await CliApplication.RunAsync(
            ["ls", "-R", "data"], CliRun.Host(folder.Path, left, TextWriter.Null) with { HasReader = () => false }, TestContext.Current.CancellationToken);

        Assert.Equal((0, Files), (code, read.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.InRange(left.ToString().Split('\n').Length, 1, Files / 2);
    }

    private sealed class FullWriter : StringWriter
    {
        public override void Flush() => throw new IOException("No space left on device", 28);
    }
}
