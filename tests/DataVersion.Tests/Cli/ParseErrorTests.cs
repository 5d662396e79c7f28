using DataVersion.Cli;
using Xunit;

namespace DataVersion.Tests.Cli;

public sealed class ParseErrorTests
{
    [Theory]
    [InlineData("ad x", "'ad' is not a command of 'dv'", "did you mean: dv add")]
    [InlineData("nothing", "'nothing' is not a command of 'dv'", "see: dv --help")]
    [InlineData("remote lst", "'lst' is not a command of 'dv remote'", "did you mean: dv remote list")]
    [InlineData("push x --jbos 3", "'dv push' has no option '--jbos'", "did you mean: --jobs")]
    [InlineData("push --jbos=3", "'dv push' has no option '--jbos'", "did you mean: --jobs")]
    [InlineData("add x --quite", "'dv add' has no option '--quite'", "did you mean: --quiet")]
    [InlineData("add -x", "'dv add' has no option '-x'", "see: dv add --help (a name that begins with '-' goes after --)")]
    [InlineData("--jsn", "'dv' has no option '--jsn'", "see: dv --help")]
    [InlineData("push -j x", "-j: 'x' is not a number from 1 to 256", "see: dv push --help")]
    [InlineData("push -j0", "-j: '0' is not a number from 1 to 256", "see: dv push --help")]
    [InlineData("push --jobs", "--jobs needs a value", "see: dv push --help")]
    [InlineData("push -j 3 -j 4", "-j is given 2 times", "give it once")]
    [InlineData("-C a -C b root", "-C is given 2 times", "give it once")]
    [InlineData("init --hash md5", "--hash: 'md5' is not one of: sha256, xxh128", "see: dv init --help")]
    [InlineData("add", "PATH is missing", "usage: dv add [options] PATH...")]
    [InlineData("remote add s s3://b --layout loose", "--layout: 'loose' is not one of: plain, packed", "see: dv remote add --help")]
    [InlineData("remote add s s3://b --compress ZSTD", "--compress: 'ZSTD' is not one of: none, zstd", "see: dv remote add --help")]
    [InlineData("remote add origin", "URL is missing", "usage: dv remote add [options] NAME URL")]
    [InlineData("version foo", "unexpected argument 'foo'", "usage: dv version [options]")]
    [InlineData("add x --stage --no-stage", "--stage and --no-stage contradict each other", "give one of them")]
    [InlineData("completion tcsh", "'tcsh' is not a shell that dv knows", "use one of: bash, zsh, fish")]
    [InlineData("help foo", "'foo' is not a command of 'dv'", "see: dv --help")]
    public async Task Wrong_use_is_one_line_and_a_hint(string line, string message, string hint)
    {
        CliRun run = await CliRun.OfAsync(line.Split(' '));

        Assert.Equal(ExitCodes.Usage, run.Code);
        Assert.Equal($"dv: error: {message}\nhint: {hint}\n", run.Error);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Folder_that_is_not_there_is_named()
    {
        CliRun run = await CliRun.OfAsync("-C", "no\nwhere", "root");

        Assert.Equal(ExitCodes.Usage, run.Code);
        Assert.Equal("dv: error: -C: there is no folder 'no\\nwhere'\n", run.Error);
    }

    [Theory]
    [InlineData("add -- -x")]
    [InlineData("add --force true")]
    [InlineData("add @names")]
    [InlineData("add --description -x- data")]
    public async Task Odd_names_are_taken_as_they_are(string line)
    {
        CliRun run = await CliRun.OfAsync(line.Split(' '));

        Assert.Equal(ExitCodes.NoRepository, run.Code);
    }

    [Fact]
    public async Task Error_is_json_where_that_was_asked_for()
    {
        CliRun run = await CliRun.OfAsync("status", "--json", "--jbos");

        Assert.Equal(ExitCodes.Usage, run.Code);
        Assert.Equal(
            """{"error":{"kind":"usage","message":"'dv status' has no option '--jbos'","hint":"see: dv status --help (a name that begins with '-' goes after --)","exitCode":2}}""" + "\n",
            run.Output);
        Assert.StartsWith("dv: error: 'dv status' has no option", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trace_is_shown_only_with_verbose()
    {
        CliRun plain = await CliRun.OfAsync("root");
        CliRun verbose = await CliRun.OfAsync("-v", "root");

        Assert.Equal(ExitCodes.NoRepository, plain.Code);
        Assert.Equal(2, plain.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("   at DataVersion.", verbose.Error, StringComparison.Ordinal);
    }
}
