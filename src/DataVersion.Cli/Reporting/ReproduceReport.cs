using System.Globalization;
using System.Text.Json.Serialization;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Reproduction;

namespace DataVersion.Cli.Reporting;

/// <summary>What became of a repetition, in at most some twenty lines.</summary>
internal static class ReproduceReport
{
    private const int MaxLines = 20;

    internal static void Write(ConsoleReporter reporter, ReproductionResult result)
    {
        foreach (ReproductionObstacle obstacle in result.Obstacles)
            reporter.ItemFailed(null, obstacle.Problem, obstacle.Remedy);
        string commit = result.Original.Code is { } code ? $" of commit {code.Commit[..12]}" : "";
        reporter.Answer($"run {RunIds.Short(result.Original.RunUuid)}{commit}: {Word(reporter.Paint, result)}");
        if (result.Repetition is { } repetition)
            reporter.Answer($"  repeated as {repetition.RunUuid}");
        if (result.Verdict is { } verdict)
            Write(reporter, verdict);
        if (result.Worktree is { } worktree)
            reporter.Answer($"  worktree: {Printable.Text(worktree)} (remove it with: git worktree remove --force)");
    }

    /// <summary>The word for it.</summary>
    internal static string Name(ReproductionOutcome outcome) => outcome switch
    {
        ReproductionOutcome.Identical => "identical",
        ReproductionOutcome.Equivalent => "equivalent",
        ReproductionOutcome.Different => "different",
        ReproductionOutcome.Impossible => "not repeated",
        _ => "stopped",
    };

    private static string Word(Paint paint, ReproductionResult result) => result.Outcome switch
    {
        ReproductionOutcome.Identical => paint.Green("identical"),
        ReproductionOutcome.Equivalent => paint.Green($"equivalent within {Number(result.Verdict!.Tolerance)}"),
        ReproductionOutcome.Impossible when result.Repetition is not null => paint.Red("the repetition failed"),
        _ => paint.Red(Name(result.Outcome)),
    };

    private static void Write(ConsoleReporter reporter, ReproductionVerdict verdict)
    {
        if (verdict.Outcome == ReproductionOutcome.Identical)
        {
            reporter.Answer($"  {Sizes.Count(verdict.Outputs, "output file")}, all with the same hash");
            reporter.Answer($"  promised for equal image ({Same(verdict.SameImage)}), CPU features ({Same(verdict.SameCpuFeatures)}) and threads ({Same(verdict.SameThreads)})");
            return;
        }
        if (verdict.LargestDeviation is { } deviation)
            reporter.Answer($"  {Sizes.Count(verdict.Metrics, "metric")}, the largest deviation {Number(deviation)} (tolerance {Number(verdict.Tolerance)})");
        int most = reporter.Verbose ? int.MaxValue : MaxLines;
        // What differs leaves room for why.
        int ofResults = Math.Max(most / 2, most - verdict.Causes.Count);
        Lines(reporter, "differs", verdict.Differences, ofResults);
        Lines(reporter, "likely causes", verdict.Causes, most - Math.Min(verdict.Differences.Count, ofResults));
        if (verdict.Outcome == ReproductionOutcome.Different && verdict.Causes.Count == 0)
            reporter.Answer("  no cause is recorded: the trainer itself may not be deterministic (time, random numbers without a seed, threads)");
    }

    private static void Lines(ConsoleReporter reporter, string title, IReadOnlyList<RecordDifference> differences, int most)
    {
        if (differences.Count == 0)
            return;
        reporter.Answer($"  {reporter.Paint.Bold($"{title}:")}");
        foreach (RecordDifference d in differences.Take(most))
            reporter.Answer($"    {Printable.Text(d.Name)}: {Side(d.Left)} → {Side(d.Right)}");
        if (differences.Count > most)
            reporter.Answer($"    … and {Sizes.Count(differences.Count - most)} more (-v shows all)");
    }

    private static string Side(string? value) => value is null ? "(none)" : Printable.Text(value);

    private static string Same(bool same) => same ? "equal" : "not known to be equal";

    private static string Number(double value) => value.ToString("g3", CultureInfo.InvariantCulture);
}

/// <summary>The repetitions for programs.</summary>
internal sealed record ReproduceOutput(string Verdict, IReadOnlyList<ReproducedRun> Runs)
{
    internal static ReproduceOutput Of(IReadOnlyList<ReproductionResult> results) =>
        new(ReproduceReport.Name(results.Max(r => r.Outcome)), [.. results.Select(ReproducedRun.Of)]);
}

/// <summary>One repetition.</summary>
internal sealed record ReproducedRun(
    string Run, string? Repetition, string Verdict, double? Tolerance,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double? LargestDeviation,
    ReproducedOn? Same, IReadOnlyList<RecordDifference> Differences, IReadOnlyList<RecordDifference> Causes, IReadOnlyList<ReproductionObstacle> Obstacles, string? Worktree)
{
    internal static ReproducedRun Of(ReproductionResult result) => new(
        result.Original.RunUuid, result.Repetition?.RunUuid, ReproduceReport.Name(result.Outcome), result.Verdict?.Tolerance, result.Verdict?.LargestDeviation,
        result.Verdict is { } verdict ? new ReproducedOn(verdict.SameImage, verdict.SameCpuFeatures, verdict.SameThreads) : null,
        result.Verdict?.Differences ?? [], result.Verdict?.Causes ?? [], result.Obstacles, result.Worktree);
}

/// <summary>What has to be the same for equal bytes to be promised.</summary>
internal sealed record ReproducedOn(bool Image, bool CpuFeatures, bool Threads);
