using DataVersion.Cli;
using DataVersion.Cli.CommandLine;
using Xunit;

namespace DataVersion.Tests.Cli;

public sealed class HelpTests
{
    public static TheoryData<string> CommandPaths =>
        [.. new CommandTree().All.Select(c => ParseErrors.PathOf(c)).Select(p => p == "dv" ? "" : p["dv ".Length..])];

    [Theory]
    [MemberData(nameof(CommandPaths))]
    public async Task Help_is_what_the_golden_file_says(string path)
    {
        CliRun run = await CliRun.OfAsync([.. Words(path), "--help"]);

        Assert.Equal(ExitCodes.Done, run.Code);
        Assert.Empty(run.Error);
        GoldenFile.Check($"tests/golden/help/{FileName(path)}", run.Output);
    }

    [Fact]
    public void No_golden_help_belongs_to_a_command_that_is_gone() =>
        GoldenFile.CheckFolder("tests/golden/help", CommandPaths.Select(p => FileName(p.Data)));

    [Theory]
    [MemberData(nameof(CommandPaths))]
    public async Task Help_shows_examples_and_exit_codes(string path)
    {
        CliRun run = await CliRun.OfAsync([.. Words(path), "-h"]);

        Assert.Contains("\nExamples:\n", run.Output, StringComparison.Ordinal);
        if (path.Length > 0)
            Assert.Contains("\nExit codes:\n", run.Output, StringComparison.Ordinal);
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80 || line.StartsWith("      ", StringComparison.Ordinal), line));
    }

    [Theory]
    [MemberData(nameof(CommandPaths))]
    public async Task Dv_help_says_the_same_as_the_option(string path)
    {
        CliRun option = await CliRun.OfAsync([.. Words(path), "--help"]);
        CliRun command = await CliRun.OfAsync(["help", .. Words(path)]);

        Assert.Equal(option.Output, command.Output);
    }

    [Fact]
    public async Task Dv_alone_shows_the_commands() => Assert.Equal((await CliRun.OfAsync("--help")).Output, (await CliRun.OfAsync()).Output);

    [Fact]
    public void Pages_in_docs_are_what_the_program_says()
    {
        IReadOnlyDictionary<string, string> pages = HelpMarkdown.Pages(new CommandTree());

        foreach ((string name, string text) in pages)
            GoldenFile.Check($"docs/commands/{name}", text);
        GoldenFile.CheckFolder("docs/commands", pages.Keys);
    }

    [Theory]
    [InlineData("/h")]
    [InlineData("/?")]
    [InlineData("-?")]
    public async Task Help_has_no_other_names(string argument) => Assert.Equal(ExitCodes.Usage, (await CliRun.OfAsync(argument)).Code);

    private static string[] Words(string path) => path.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string FileName(string path) => path.Length == 0 ? "dv.txt" : $"dv-{path.Replace(' ', '-')}.txt";
}
