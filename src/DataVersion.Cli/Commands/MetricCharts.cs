using System.Text;
using DataVersion.Tracking.Charts;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Metrics;
using DataVersion.Tracking.Records;

namespace DataVersion.Cli.Commands;

/// <summary>The metrics of runs as charts: one for each metric, a line for each run.</summary>
internal sealed class MetricCharts(RunCatalog catalog)
{
    private const int MaxBytes = 256 * 1024 * 1024;

    internal async Task<IReadOnlyList<Chart>> DrawAsync(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> only, bool log, CancellationToken cancellationToken)
    {
        var series = new SortedDictionary<string, List<ChartSeries>>(StringComparer.Ordinal);
        foreach (RunRecord run in runs)
        {
            byte[] history = await catalog.TryReadDocumentAsync(run.RunUuid, DocumentNames.Metrics, MaxBytes, cancellationToken) ?? [];
            foreach (IGrouping<string, MetricPoint> metric in Read(history, run).GroupBy(p => p.Name))
            {
                if (only.Count > 0 && !only.Contains(metric.Key))
                    continue;
                if (!series.TryGetValue(metric.Key, out List<ChartSeries>? lines))
                    series.Add(metric.Key, lines = []);
                lines.Add(new ChartSeries(RunIds.Short(run.RunUuid), Points([.. metric])));
            }
        }
        return [.. series.Select(s => new Chart(s.Key, "step", "", s.Value) { LogScale = log })];
    }

    // A trainer that gives no steps is drawn in the order of its points.
    private static List<(double X, double Y)> Points(List<MetricPoint> points)
    {
        bool steps = points.Any(p => p.Step != points[0].Step);
        return [.. points.Select((p, i) => (steps ? (double)p.Step : i, p.Value))];
    }

    private static List<MetricPoint> Read(byte[] history, RunRecord run)
    {
        var points = new List<MetricPoint>();
        long line = 0;
        foreach (string text in Encoding.UTF8.GetString(history).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            MetricLine.TryParse(Encoding.UTF8.GetBytes(text), ++line, run.StartedOn.ToUnixTimeMilliseconds(), points, out _);
        return points;
    }
}
