namespace DataVersion.Tracking.Metrics;

/// <summary>One value of one metric.</summary>
/// <param name="Name">The metric: 1 to 250 characters.</param>
/// <param name="Value">Its value; may be NaN or infinite.</param>
/// <param name="Step">The step of the training, 0 where the child gave none.</param>
/// <param name="TimestampMs">When it was measured, or else read: milliseconds since 1970, UTC.</param>
public readonly record struct MetricPoint(string Name, double Value, long Step, long TimestampMs);

/// <summary>A line of the metrics file that is no metric.</summary>
/// <param name="Line">The line, counted from 1 (from the last time that the file was begun anew).</param>
/// <param name="Problem">What is wrong.</param>
public sealed record MetricProblem(long Line, string Problem);
