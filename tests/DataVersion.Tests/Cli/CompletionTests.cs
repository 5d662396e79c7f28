using Xunit;

namespace DataVersion.Tests.Cli;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("dv a", "add")]
    [InlineData("dv remote r", "remove rename")]
    [InlineData("dv push --all", "--all-branches --all-commits --all-tags")]
    [InlineData("dv init --hash ", "sha256 xxh128")]
    [InlineData("dv remote add s s3://b --layout ", "packed plain")]
    [InlineData("dv remote add s s3://b --compress z", "zstd")]
    [InlineData("dv completion z", "zsh")]
    [InlineData("dv add ", "")]
    [InlineData("dv add dat", "")]
    public async Task Candidates_fit_what_was_typed(string line, string candidates)
    {
        CliRun run = await CliRun.OfAsync($"[suggest:{line.Length}]", line);

        Assert.Equal(0, run.Code);
        Assert.Equal(candidates, string.Join(' ', run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Theory]
    [InlineData("[suggest:4]", "dv ad x --force", "add")]
    [InlineData("[suggest:999]", "dv ad", "add")]
    [InlineData("[suggest]", "dv ad", "add")]
    public async Task Position_may_be_anywhere(string directive, string line, string candidates) =>
        Assert.Equal(candidates, (await CliRun.OfAsync(directive, line)).Output.TrimEnd());

    [Theory]
    [InlineData("bash", "complete -o default -F _dv dv")]
    [InlineData("zsh", "compdef _dv dv")]
    [InlineData("fish", "complete -c dv")]
    public async Task Script_asks_the_program(string shell, string part)
    {
        CliRun run = await CliRun.OfAsync("completion", shell);

        Assert.Contains(part, run.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", run.Output, StringComparison.Ordinal);
    }
}
