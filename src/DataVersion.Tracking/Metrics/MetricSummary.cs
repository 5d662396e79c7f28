namespace DataVersion.Tracking.Metrics;

/// <summary>What is worth keeping of one metric's history.</summary>
/// <param name="Last">The value that came last.</param>
/// <param name="Min">The smallest value; null where all are NaN.</param>
/// <param name="Max">The largest value; null where all are NaN.</param>
/// <param name="Count">How many values came, NaN included.</param>
/// <param name="NaNCount">How many of them are NaN.</param>
/// <param name="FirstStep">The step of the value that came first.</param>
/// <param name="LastStep">The step of the value that came last.</param>
public sealed record MetricStatistics(double Last, double? Min, double? Max, long Count, long NaNCount, long FirstStep, long LastStep);

/// <summary>Sums up points by name. Not thread-safe.</summary>
public sealed class MetricSummary
{
    /// <summary>The most names that are kept: a child that makes up a name for each value must not fill our memory.</summary>
    public const int MaxNames = 10_000;

    private readonly SortedDictionary<string, MetricStatistics> _metrics = new(StringComparer.Ordinal);

    /// <summary>Every metric, by name in ordinal order.</summary>
    public IReadOnlyDictionary<string, MetricStatistics> Metrics => _metrics;

    /// <summary>Takes in one point.</summary>
    /// <returns>False where its name is new and <see cref="MaxNames"/> are there: it was not taken.</returns>
    public bool TryAdd(MetricPoint point)
    {
        bool isNaN = double.IsNaN(point.Value);
        double? number = isNaN ? null : point.Value;
        if (!_metrics.TryGetValue(point.Name, out MetricStatistics? before))
        {
            if (_metrics.Count >= MaxNames)
                return false;
            _metrics.Add(point.Name, new MetricStatistics(point.Value, number, number, 1, isNaN ? 1 : 0, point.Step, point.Step));
            return true;
        }
        _metrics[point.Name] = before with
        {
            Last = point.Value,
            Min = Better(before.Min, number, Math.Min),
            Max = Better(before.Max, number, Math.Max),
            Count = before.Count + 1,
            NaNCount = before.NaNCount + (isNaN ? 1 : 0),
            LastStep = point.Step,
        };
        return true;
    }

    private static double? Better(double? known, double? value, Func<double, double, double> choose) =>
        known is { } a && value is { } b ? choose(a, b) : known ?? value;
}
