using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;

namespace DataVersion.Cli.Reporting;

/// <summary>A list of runs: one line each.</summary>
internal static class RunListReport
{
    private const int MaxMetrics = 3;

    internal static void Write(ConsoleReporter reporter, IReadOnlyList<RunRecord> runs, DateTimeOffset now)
    {
        if (runs.Count == 0)
        {
            reporter.Note("no runs: record one with dv run -- COMMAND");
            return;
        }
        List<string[]> rows = [["run", "state", "started (UTC)", "took", "commit", "data", "metrics"], .. runs.Select(r => Row(r, now))];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length))];
        for (int i = 0; i < rows.Count; i++)
        {
            string line = string.Join("  ", rows[i].Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd();
            string state = rows[i][1];
            reporter.Answer(i == 0 ? reporter.Paint.Dim(line) : line.Replace($"  {state} ", $"  {Colour(reporter.Paint, state)} ", StringComparison.Ordinal));
        }
    }

    internal static string Colour(Paint paint, string state) => state switch
    {
        "complete" => paint.Green(state),
        "failed" or "killed" or "lost" => paint.Red(state),
        _ => paint.Yellow(state),
    };

    internal static string Metrics(RunRecord run, int most)
    {
        IEnumerable<KeyValuePair<string, double>> final = run.Metrics?.Final ?? Enumerable.Empty<KeyValuePair<string, double>>();
        return string.Join(' ', final.OrderBy(m => m.Key, StringComparer.Ordinal).Take(most).Select(m => $"{Printable.Text(m.Key)}={Short(m.Value)}"));
    }

    internal static string Short(double value) => value.ToString("G5", System.Globalization.CultureInfo.InvariantCulture);

    private static string[] Row(RunRecord run, DateTimeOffset now) =>
    [
        RunIds.Short(run.RunUuid),
        RunStates.Word(RunStates.Of(run, now)),
        run.StartedOn.UtcDateTime.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture),
        run.FinishedOn is { } end ? Sizes.Time(end - run.StartedOn) : "",
        Cut(run.Code?.Commit, 8) + (run.Code is { Dirty: true } ? "+" : ""),
        Cut(run.DataDigest, 8),
        Metrics(run, MaxMetrics),
    ];

    private static string Cut(string? text, int length) => text is null ? "" : text[..Math.Min(text.Length, length)];
}

/// <summary>The list for programs.</summary>
internal sealed record RunListOutput(IReadOnlyList<RunListEntry> Runs)
{
    internal static RunListOutput Of(IReadOnlyList<RunRecord> runs, DateTimeOffset now) => new([.. runs.Select(r => new RunListEntry(
        r.RunUuid, RunStates.Word(RunStates.Of(r, now)), r.Stage, r.StartedOn, r.FinishedOn, r.ExitCode, r.Key, r.Attempt, r.Code?.Commit, r.Code?.Dirty, r.DataDigest,
        r.Metrics is { } metrics ? new MetricsFacts(metrics.Final, metrics.Points, metrics.HistorySha256) : null, [.. r.Outputs.Select(o => new RunListModel(o.Path, o.Sha256))]))]);
}

internal sealed record RunListEntry(
    string Run, string State, string Stage, DateTimeOffset StartedOn, DateTimeOffset? FinishedOn, int? ExitCode, string? Key, int Attempt, string? Commit, bool? Dirty,
    string? DataDigest, MetricsFacts? Metrics, IReadOnlyList<RunListModel> Outputs);

internal sealed record RunListModel(string Path, string Sha256);

internal sealed record RunSyncOutput(IReadOnlyList<string> Sent);

internal sealed record RunDiffOutput(string A, string B, IReadOnlyList<RecordDifference> Differences);
