using DataVersion.Cli;
using DataVersion.Cli.Commands;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;
using Xunit;

namespace DataVersion.Tests.Cli;

public sealed class ReportTests
{
    private const string Hash = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    private static readonly AddResult Added = new([new("data/x.parquet", "data/x.parquet.dv", Hash, 12_900_000, 1, true)], []) { Staged = true };
    private static readonly FailedItem Failure = new("data/y", "was changed", "dv checkout data/y", ErrorKind.Incomplete);

    [Fact]
    public void Add_says_what_was_added_and_what_is_next()
    {
        Shown shown = Show(r => AddCommand.Show(r, Added));

        Assert.Equal("data/x.parquet  12.3 MiB  sha256:9f86d081  → data/x.parquet.dv\n", shown.Output);
        Assert.Equal("next: git commit\n", shown.Error);
        Assert.Equal(ExitCodes.Done, shown.Code);
    }

    [Fact]
    public void Add_says_what_was_not_changed_and_what_failed()
    {
        AddResult result = new([new("d", "d.dv", Hash, 0, 2001, false)], [Failure]);

        Shown shown = Show(r => AddCommand.Show(r, result));

        Assert.Equal("d  0 B  2,001 files  sha256:9f86d081  (unchanged)\n", shown.Output);
        Assert.Equal("dv: error: data/y: was changed\nhint: dv checkout data/y\n", shown.Error);
        Assert.Equal(ExitCodes.Incomplete, shown.Code);
    }

    [Fact]
    public void Quiet_says_only_errors()
    {
        Shown shown = Show(r => AddCommand.Show(r, Added with { Failed = [Failure] }), new ReportOptions(Quiet: true));

        Assert.Empty(shown.Output);
        Assert.Equal("dv: error: data/y: was changed\nhint: dv checkout data/y\n", shown.Error);
    }

    [Fact]
    public void Add_as_json() => Json(r => AddCommand.Show(r, Added with { Failed = [Failure] }),
        """{"added":[{"path":"data/x.parquet","pointer":"data/x.parquet.dv","hash":"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","size":12900000,"files":1}],"failed":[{"id":null,"path":"data/y","error":"was changed"}]}""");

    [Fact]
    public void Transfer_as_json() => Json(
        r => TransferCommand.Show(r, new(3, 4096, 1, [new("sha256:00", null, "gone", ErrorKind.Missing)]) { Requests = 7, Retries = 2 }, "pushed"),
        """{"objects":3,"bytes":4096,"skipped":1,"failed":[{"id":"sha256:00","path":null,"error":"gone"}],"requests":7,"retries":2}""");

    [Theory]
    [InlineData(5_012, 20_480_000, "hint: 5,012 requests for 19.5 MiB; a packed remote takes small files together, with a few: dv remote upgrade --help\n")]
    [InlineData(5_012, 20_480_000_000, "")]
    [InlineData(1_999, 1_000, "")]
    [InlineData(0, 0, "")]
    public void A_push_of_many_small_files_one_by_one_says_how_they_would_go_together(long requests, long bytes, string said) =>
        Assert.Equal(said, Show(r =>
        {
            TransferReport.HintAtPacks(r, new(requests, bytes, 0, []) { Requests = requests });
            return 0;
        }).Error);

    [Fact]
    public void Pull_as_json() => Json(r => PullCommand.Show(r, new(new(0, 0, 3, []), new(1, 2, 3, [Failure], ["old/ä"]))),
        """{"objects":0,"bytes":0,"skipped":3,"failed":[{"id":null,"path":"data/y","error":"was changed"}],"requests":0,"retries":0}""");

    [Fact]
    public void Verify_as_json() => Json(r => VerifyCommand.Show(r, new(1, 2, 3, 4, [new("sha256:00", "d/x", "is corrupt", ErrorKind.Corrupt)])),
        """{"objects":1,"trees":2,"files":3,"bytes":4,"problems":[{"what":"sha256:00","path":"d/x","problem":"is corrupt","kind":"corrupt"}]}""");

    [Fact]
    public void Init_as_json() => Json(r => InitCommand.Show(r, new("/r", false, [".dv/config"]), noGit: false),
        """{"root":"/r","alreadyThere":false,"created":[".dv/config"]}""");

    [Fact]
    public void Unprotect_as_json() => Json(r => UnprotectCommand.Show(r, new(2, [])), """{"files":2,"failed":[]}""");

    [Fact]
    public void Status_as_json_has_every_state_by_its_documented_name()
    {
        StatusResult result = new(false, [.. Enum.GetValues<PathState>().Select(s => new StatusEntry("p", s))]);

        Shown shown = Show(r => { r.Show(result, json => json.StatusResult, () => { }); return 0; }, new ReportOptions(Json: true));

        string[] states = ["modified", "outdated", "diverged", "deleted", "new", "not-pulled", "orphaned", "not-in-cache", "not-on-remote", "conflict"];
        Assert.Equal($$"""{"clean":false,"entries":[{{string.Join(',', states.Select(s => $$"""{"path":"p","state":"{{s}}"}"""))}}]}""" + "\n", shown.Output);
    }

    [Theory]
    [InlineData(2001, 19_100_000, 0, "pushed 2,001 objects, 18.2 MiB (0 skipped)\n")]
    [InlineData(1, 5, 7, "pushed 1 object, 5 B (7 skipped)\n")]
    [InlineData(0, 0, 7, "everything is up to date\n")]
    public void Push_says_what_was_sent(long objects, long bytes, long skipped, string line) =>
        Assert.Equal(line, Show(r => TransferCommand.Show(r, new(objects, bytes, skipped, []), "pushed")).Output);

    [Fact]
    public void Status_shows_groups_with_hints_and_caps_long_ones()
    {
        StatusResult result = new(false, [new("b", PathState.Outdated), .. Enumerable.Range(0, 1254).Select(i => new StatusEntry($"m{i}", PathState.Modified))]);

        string[] lines = Show(r => { StatusReport.Write(r, result); return 0; }).Output.Split('\n');
        int all = Show(r => { StatusReport.Write(r, result); return 0; }, new ReportOptions(Verbose: true)).Output.Split('\n').Length;

        Assert.Equal("modified: changed since they were added or checked out", lines[0]);
        Assert.Equal("    m0", lines[3]);
        Assert.Equal("  … and 1,234 more (-v shows all)", lines[23]);
        Assert.StartsWith("outdated: ", lines[24], StringComparison.Ordinal);
        Assert.Equal("    b", lines[26]);
        Assert.True(all > 1254);
    }

    [Fact]
    public void Paths_are_shown_from_where_the_user_is()
    {
        Shown shown = Show(r =>
        {
            r.ShowPathsFrom("/r", "/r/data");
            return AddCommand.Show(r, Added);
        });

        Assert.Equal("x.parquet  12.3 MiB  sha256:9f86d081  → x.parquet.dv\n", shown.Output);
    }

    [Fact]
    public void Names_cannot_write_to_the_terminal()
    {
        StatusResult result = new(false, [new("a\e[2Jb\nc\u202Ed", PathState.New)]);

        string output = Show(r => { StatusReport.Write(r, result); return 0; }).Output;

        Assert.Contains("    a\\u{1b}[2Jb\\nc\\u{202e}d\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(true, "1", false)]
    [InlineData(false, null, false)]
    public void Colours_are_for_terminals_without_no_color(bool terminal, string? noColor, bool coloured)
    {
        using var output = new StringWriter();
        CliHost host = CliRun.Host("/", output, TextWriter.Null) with { IsOutputTerminal = terminal };
        if (noColor is not null)
            host = host with { Environment = new Dictionary<string, string> { ["NO_COLOR"] = noColor } };

        StatusReport.Write(new ConsoleReporter(host, new ReportOptions()), new(false, [new("x", PathState.New)]));

        Assert.Equal(coloured, output.ToString().Contains("\e[32mx\e[0m", StringComparison.Ordinal));
    }

    private static void Json(Func<ConsoleReporter, int> show, string expected) => Assert.Equal(expected + "\n", Show(show, new ReportOptions(Json: true)).Output);

    private static Shown Show(Func<ConsoleReporter, int> show, ReportOptions? options = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = show(new ConsoleReporter(CliRun.Host("/", output, error), options ?? new ReportOptions()));
        return new Shown(code, output.ToString(), error.ToString());
    }

    private sealed record Shown(int Code, string Output, string Error);
}
