using System.Text.Json;
using DataVersion.Cli;
using DataVersion.Testing;
using Xunit;

namespace DataVersion.Tests.Cli;

/// <summary>Every command once, as a user types it, without Git.</summary>
public sealed class CommandsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Repository => _folder.At("r");

    public CommandsTests()
    {
        Directory.CreateDirectory(Path.Combine(Repository, "data"));
        File.WriteAllText(Path.Combine(Repository, "data", "a.txt"), "a");
        File.WriteAllText(Path.Combine(Repository, "data", "b.txt"), "bb");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Data_go_to_a_remote_and_come_back()
    {
        await DoAsync("init", "--no-git");
        CliRun add = await DoAsync("add", "data");
        await DoAsync("remote", "add", "origin", "../store");
        CliRun push = await DoAsync("push");
        CliRun again = await DoAsync("push");
        Directory.Delete(Path.Combine(Repository, "data"), recursive: true);
        Directory.Delete(Path.Combine(Repository, ".dv", "cache"), recursive: true);
        CliRun pull = await DoAsync("pull");
        CliRun status = await DoAsync("status", "--exit-code");
        CliRun verify = await DoAsync("verify");

        Assert.StartsWith("data  3 B  2 files  sha256:", add.Output, StringComparison.Ordinal);
        Assert.StartsWith("pushed 3 objects, ", push.Output, StringComparison.Ordinal);
        Assert.Equal("everything is up to date\n", again.Output);
        Assert.Contains("2 added, 0 modified, 0 deleted\n", pull.Output, StringComparison.Ordinal);
        Assert.Equal("clean: the workspace is what the pointers say\n", status.Output);
        Assert.Contains(": all is well\n", verify.Output, StringComparison.Ordinal);
        Assert.Equal("bb", await File.ReadAllTextAsync(Path.Combine(Repository, "data", "b.txt"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Differences_are_shown_from_where_the_user_is_and_end_with_1_if_asked()
    {
        await DoAsync("init", "--no-git");
        await DoAsync("add", "data");
        await File.WriteAllTextAsync(Path.Combine(Repository, "data", "a.txt"), "changed", TestContext.Current.CancellationToken);

        CliRun human = await CliRun.InAsync(Path.Combine(Repository, "data"), "status");
        CliRun json = await CliRun.InAsync(Path.Combine(Repository, "data"), "status", "--json", "--exit-code");

        Assert.Contains("\n    a.txt\n", human.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, human.Code);
        Assert.Equal("""{"clean":false,"entries":[{"path":"data/a.txt","state":"modified"}]}""" + "\n", json.Output);
        Assert.Equal(ExitCodes.Differences, json.Code);
    }

    [Fact]
    public async Task Push_without_any_remote_says_how_to_add_one()
    {
        await DoAsync("init", "--no-git");
        await DoAsync("add", "data");

        CliRun run = await CliRun.InAsync(Repository, "push");

        Assert.Equal((ExitCodes.Usage, "dv: error: no remote: dv remote add NAME URL\n"), (run.Code, run.Error));
    }

    [Fact]
    public async Task Path_that_is_not_there_is_an_error()
    {
        await DoAsync("init", "--no-git");

        CliRun run = await CliRun.InAsync(Repository, "add", "nothing");

        Assert.NotEqual(ExitCodes.Done, run.Code);
        Assert.StartsWith("dv: error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("nothing", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remote_that_came_with_the_repository_is_not_pushed_to_unasked()
    {
        await DoAsync("init", "--no-git");
        await DoAsync("add", "data");
        await File.WriteAllTextAsync(
            Path.Combine(Repository, ".dv", "config"), "[core]\n\tremote = evil\n[remote \"evil\"]\n\turl = ../evil\n", TestContext.Current.CancellationToken);

        CliRun refused = await CliRun.InAsync(Repository, "push");
        await DoAsync("remote", "trust", "evil");
        CliRun trusted = await CliRun.InAsync(Repository, "push");

        Assert.Equal(ExitCodes.Usage, refused.Code);
        Assert.EndsWith("hint: if you mean to send your data there: dv remote trust evil\n", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, trusted.Code);
    }

    [Theory]
    [InlineData("n\n", ExitCodes.Usage)]
    [InlineData("", ExitCodes.Usage)]
    [InlineData("y\n", ExitCodes.Done)]
    public async Task On_a_terminal_the_user_is_asked(string answer, int code)
    {
        await DoAsync("init", "--no-git");
        await DoAsync("add", "data");
        await File.WriteAllTextAsync(
            Path.Combine(Repository, ".dv", "config"), "[core]\n\tremote = origin\n[remote \"origin\"]\n\turl = ../store\n", TestContext.Current.CancellationToken);
        using var error = new StringWriter { NewLine = "\n" };
        using var input = new StringReader(answer);
        CliHost host = CliRun.Host(Repository, TextWriter.Null, error) with { Input = input, IsErrorTerminal = true };

        Assert.Equal(code, await CliApplication.RunAsync(["push"], host, TestContext.Current.CancellationToken));
        Assert.Contains("Trust it and send? [y/N] ", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_are_shown_and_changed()
    {
        await DoAsync("init", "--no-git");
        await DoAsync("config", "core.jobs", "7", "--local");
        await DoAsync("config", "core.jobs", "3");

        CliRun value = await DoAsync("config", "core.jobs");
        CliRun list = await DoAsync("config", "--show-origin");
        CliRun json = await DoAsync("config", "core.jobs", "--json");
        await DoAsync("config", "core.jobs", "--unset", "--local");
        CliRun less = await DoAsync("config", "core.jobs");

        Assert.Equal("7\n", value.Output);
        Assert.Equal(".dv/config.local:2  core.jobs=7\n.dv/config:2  core.jobs=3  (overridden)\n", list.Output);
        Assert.Equal("""{"key":"core.jobs","value":"7","origin":".dv/config.local:2"}""" + "\n", json.Output);
        Assert.Equal("3\n", less.Output);
    }

    [Theory]
    [InlineData("config --unset", "--unset needs a KEY and no VALUE")]
    [InlineData("config core.jobs --local", "--local and --user say where to write, and nothing is to be written")]
    [InlineData("config core.jobs 3 --local --user", "--local and --user contradict each other")]
    [InlineData("config core.jobs", "core.jobs is not set")]
    [InlineData("remote default", "no default remote")]
    [InlineData("remote default origin --unset", "--unset takes no NAME")]
    [InlineData("remote modify origin region", "either a VALUE or --unset is needed")]
    public async Task Wrong_use_of_settings_is_said(string line, string message)
    {
        await DoAsync("init", "--no-git");

        CliRun run = await CliRun.InAsync(Repository, line.Split(' '));

        Assert.Equal(ExitCodes.Usage, run.Code);
        Assert.StartsWith($"dv: error: {message}\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remotes_are_listed_and_changed()
    {
        await DoAsync("init", "--no-git");
        await DoAsync("remote", "add", "origin", "../store");
        await DoAsync("remote", "add", "nas", "../nas", "--local", "--default");
        await DoAsync("remote", "rename", "origin", "main");
        CliRun list = await DoAsync("remote");
        CliRun json = await DoAsync("remote", "list", "--json");
        CliRun name = await DoAsync("remote", "default");
        await DoAsync("remote", "modify", "main", "region", "eu");
        CliRun region = await DoAsync("config", "remote.main.region");
        await DoAsync("remote", "remove", "nas");
        CliRun rest = await DoAsync("remote", "list");

        Assert.Equal($"main  {_folder.At("store")}\nnas  {_folder.At("nas")}  (default)\n", list.Output);
        using JsonDocument parsed = JsonDocument.Parse(json.Output);
        Assert.Equal(["name", "url", "default", "trusted", "honoured", "origin"], parsed.RootElement.GetProperty("remotes")[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal("nas\n", name.Output);
        Assert.Equal("eu\n", region.Output);
        Assert.StartsWith($"main  {_folder.At("store")}", rest.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("nas", rest.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_packed_remote_is_chosen_when_it_is_added_and_one_that_exists_stays_as_it_is()
    {
        await DoAsync("init", "--no-git");
        await DoAsync("add", "data");
        Directory.CreateDirectory(_folder.At("new"));
        await DoAsync("remote", "add", "new", "../new", "--layout", "packed", "--compress", "zstd");
        await DoAsync("remote", "add", "old", "../old");
        CliRun pushed = await DoAsync("push", "-r", "old");
        CliRun refused = await CliRun.InAsync(Repository, "remote", "modify", "old", "compress", "zstd");
        await DoAsync("remote", "modify", "old", "layout", "packed");
        CliRun again = await DoAsync("push", "-r", "old");
        CliRun test = await DoAsync("remote", "test", "new", "--json");

        Assert.Equal("zstd\n", (await DoAsync("config", "remote.new.compress")).Output);
        Assert.DoesNotContain("warning", pushed.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, refused.Code);
        Assert.StartsWith("dv: error: remote 'old': compress = zstd needs layout = packed\nhint: ", refused.Error, StringComparison.Ordinal);
        Assert.Contains("dv: warning: remote 'old' is plain: ", again.Error, StringComparison.Ordinal);
        using JsonDocument parsed = JsonDocument.Parse(test.Output);
        JsonElement identity = parsed.RootElement.GetProperty("checks")[0];
        Assert.Equal("nothing was pushed here yet; it will be packed, compressed with zstd", identity.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Root_is_shown_from_below_it()
    {
        await DoAsync("init", "--no-git");

        Assert.Equal(Repository + "\n", (await CliRun.InAsync(Path.Combine(Repository, "data"), "root")).Output);
        Assert.Equal(Repository + "\n", (await CliRun.InAsync(_folder.Path, "-C", "r/data", "root")).Output);
    }

    [Fact]
    public async Task Interrupted_command_says_what_is_kept_and_ends_with_130()
    {
        await DoAsync("init", "--no-git");
        using var error = new StringWriter { NewLine = "\n" };

        int code = await CliApplication.RunAsync(["add", "data"], CliRun.Host(Repository, TextWriter.Null, error), new CancellationToken(canceled: true));

        Assert.Equal(ExitCodes.Interrupted, code);
        Assert.Equal("dv: error: interrupted: what was finished is kept\nhint: run the same command again to go on\n", error.ToString());
        Assert.False(File.Exists(Path.Combine(Repository, "data.dv")));
    }

    private async Task<CliRun> DoAsync(params string[] args)
    {
        CliRun run = await CliRun.InAsync(Repository, args);
        Assert.True(run.Code == ExitCodes.Done, $"dv {string.Join(' ', args)} ended with {run.Code}\n{run.Output}{run.Error}");
        return run;
    }
}
