using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;

namespace DataVersion.Cli.Reporting;

/// <summary>What differs between two runs, causes first.</summary>
internal static class RunDiffReport
{
    internal static void Write(ConsoleReporter reporter, RunRecord left, RunRecord right, IReadOnlyList<RecordDifference> differences)
    {
        reporter.Answer(reporter.Paint.Dim($"a: {left.RunUuid}   b: {right.RunUuid}"));
        if (differences.Count == 0)
            reporter.Answer("nothing differs: the same code, data, parameters, environment, metrics and outputs");
        Write(reporter, differences);
    }

    internal static void Write(ConsoleReporter reporter, IReadOnlyList<RecordDifference> differences)
    {
        foreach (IGrouping<DifferenceKind, RecordDifference> group in differences.GroupBy(d => d.Kind))
        {
            reporter.Answer(reporter.Paint.Bold($"{group.Key.ToString().ToLowerInvariant()}:"));
            Listing.Capped(reporter, [.. group], d => reporter.Answer($"  {Printable.Text(d.Name)}: {Side(d.Left)} → {Side(d.Right)}"), reporter.Answer);
        }
    }

    private static string Side(string? value) => value is null ? "(none)" : Printable.Text(value);
}
