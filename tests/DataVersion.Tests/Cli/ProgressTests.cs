using System.Text;
using System.Threading.Channels;
using DataVersion.Cli;
using DataVersion.Cli.Reporting;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Cli;

public sealed class ProgressTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Line_comes_every_ten_seconds_where_there_is_no_terminal()
    {
        var error = new LineChannel();
        CliHost host = Host(error);
        await using (ProgressMonitor monitor = ProgressMonitor.Start(host, new ConsoleReporter(host, new ReportOptions())))
        {
            monitor.Begin(Stage.Hash);
            monitor.Planned(2000, 2L << 30);
            monitor.Advanced(null, 1L << 30);
            monitor.Finished(null, ObjectOutcome.Done);
            _clock.Advance(TimeSpan.FromSeconds(9));
            _clock.Advance(TimeSpan.FromSeconds(1));

            Assert.Equal("hashing: 1.0 GiB of 2.0 GiB (50%), 1 of 2,000, 102.4 MiB/s, 0:10 left", await error.NextAsync());
        }
        Assert.False(error.TryNext(out _));
    }

    [Fact]
    public async Task Programs_get_a_line_of_json_for_each_step_each_problem_and_each_end()
    {
        var error = new LineChannel();
        CliHost host = Host(error);
        await using (ProgressMonitor monitor = ProgressMonitor.Start(host, new ConsoleReporter(host, new ReportOptions(JsonProgress: true))))
        {
            monitor.Begin(Stage.Check);
            monitor.Begin(Stage.Upload);
            monitor.Planned(2, 100);
            monitor.Advanced(null, 60);
            monitor.Advanced(null, -10);
            monitor.Retried("slow \"down\"");
            _clock.Advance(ProgressEvents.Interval);

            Assert.Equal("""{"event":"retry","message":"slow \u0022down\u0022"}""", await error.NextAsync());
            Assert.StartsWith("""{"event":"end","stage":"check","objects":0,""", await error.NextAsync(), StringComparison.Ordinal);
            Assert.Equal("""{"event":"progress","stage":"upload","objects":0,"plannedObjects":2,"bytes":50,"plannedBytes":100,"milliseconds":500,"retries":1}""",
                await error.NextAsync());
            monitor.Finished(null, ObjectOutcome.Done);
        }
        Assert.Equal("""{"event":"end","stage":"upload","objects":1,"plannedObjects":2,"bytes":50,"plannedBytes":100,"milliseconds":500,"retries":1}""", await error.NextAsync());
        Assert.False(error.TryNext(out _));
    }

    [Fact]
    public async Task Large_objects_have_bars_of_their_own_while_they_are_under_way()
    {
        await using var error = new WatchedWriter("big/model.bin");
        CliHost host = Host(error) with { IsErrorTerminal = true, Clock = TimeProvider.System };
        ObjectKey key = ObjectKey.Content(IdentityHash.Of(HashKind.Sha256, "big"u8));
        await using (ProgressMonitor monitor = ProgressMonitor.Start(host, new ConsoleReporter(host, new ReportOptions())))
        {
            monitor.Begin(Stage.Download);
            monitor.Planned(2, 4L << 30);
            monitor.Started(key, "data/big/model.bin", 2L << 30);
            monitor.Advanced(key, 1L << 30);
            Assert.Equal("1.0 GiB of 2.0 GiB", Assert.Single(monitor.Large).Describe());
            await error.Seen.WaitAsync(TestContext.Current.CancellationToken);
            monitor.Finished(key, ObjectOutcome.Done);
            Assert.Empty(monitor.Large);
        }
        Assert.Contains("1.0 GiB of 2.0 GiB", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Short_command_says_nothing()
    {
        var error = new LineChannel();
        CliHost host = Host(error);
        await using (ProgressMonitor monitor = ProgressMonitor.Start(host, new ConsoleReporter(host, new ReportOptions())))
            monitor.Begin(Stage.Scan);

        Assert.False(error.TryNext(out _));
    }

    [Fact]
    public async Task Warnings_come_out_also_when_quiet()
    {
        var error = new LineChannel();
        CliHost host = Host(error);
        await using (ProgressMonitor monitor = ProgressMonitor.Start(host, new ConsoleReporter(host, new ReportOptions(Quiet: true))))
            monitor.Warn("no links\nhere");

        Assert.Equal("dv: warning: no links\\nhere", await error.NextAsync());
    }

    [Theory]
    [InlineData(0, 0, 0, 0, 0, "")]
    [InlineData(5, 0, 0, 0, 0, "5")]
    [InlineData(5, 10, 0, 0, 4, "5 of 10, 0:04 left")]
    [InlineData(0, 1, 999, 1000, 100, "999 B of 1000 B (99%), 0 of 1, 9 B/s, 0:01 left")]
    [InlineData(2, 1, 2000, 1000, 2, "2.0 KiB of 1000 B (100%), 2 of 1, 1000 B/s, 0:00 left")]
    [InlineData(0, 1, 1, 1L << 60, 1, "1 B of 1.0 EiB (0%), 0 of 1, 1 B/s")]
    public void Stage_tells_the_parts_that_are_known(long objects, long plannedObjects, long bytes, long plannedBytes, int seconds, string text) =>
        Assert.Equal(text, new StageView(Stage.Upload, objects, plannedObjects, bytes, plannedBytes, TimeSpan.FromSeconds(seconds)).Describe());

    [Fact]
    public async Task Bars_appear_on_a_terminal_and_go_away()
    {
        await using var error = new WatchedWriter("receiving");
        CliHost host = Host(error) with { IsErrorTerminal = true, Clock = TimeProvider.System };
        await using (ProgressMonitor monitor = ProgressMonitor.Start(host, new ConsoleReporter(host, new ReportOptions())))
        {
            monitor.Begin(Stage.Download);
            monitor.Planned(2, 100);
            monitor.Advanced(null, 50);
            await error.Seen.WaitAsync(TestContext.Current.CancellationToken);
        }
        Assert.Contains("50 B of 100 B (50%)", error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\e[?25h", error.ToString(), StringComparison.Ordinal);
    }

    private CliHost Host(TextWriter error) => CliRun.Host("/", TextWriter.Null, error) with { Clock = _clock };

    /// <summary>A writer that tells when a text has come; everything ends up in <see cref="Write(char)"/>, under a lock.</summary>
    private sealed class WatchedWriter(string text) : TextWriter
    {
        private readonly Lock _gate = new();
        private readonly StringBuilder _written = new();
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override Encoding Encoding => Encoding.UTF8;

        internal Task Seen => _seen.Task;

        public override void Write(char value)
        {
            lock (_gate)
            {
                _written.Append(value);
                if (value == text[^1] && _written.ToString().Contains(text, StringComparison.Ordinal))
                    _seen.TrySetResult();
            }
        }

        public override string ToString()
        {
            lock (_gate)
                return _written.ToString();
        }
    }

    /// <summary>A writer whose lines can be waited for.</summary>
    private sealed class LineChannel : StringWriter
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public override void WriteLine(string? value) => _lines.Writer.TryWrite(value ?? "");

        internal async Task<string> NextAsync() => await _lines.Reader.ReadAsync(TestContext.Current.CancellationToken);

        internal bool TryNext(out string? line) => _lines.Reader.TryRead(out line);
    }
}
