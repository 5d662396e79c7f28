namespace DataVersion.Tracking.Charts;

/// <summary>A picture of numbers over numbers: one metric of one or more runs.</summary>
/// <param name="Title">What is shown: the metric's name.</param>
/// <param name="XLabel">What goes from left to right, such as <c>step</c>.</param>
/// <param name="YLabel">What goes upwards; may be empty.</param>
/// <param name="Series">The lines.</param>
public sealed record Chart(string Title, string XLabel, string YLabel, IReadOnlyList<ChartSeries> Series)
{
    /// <summary>Beyond this, up and down, a number stands for infinity: MLflow's databases keep ±∞ as ±1.797…e308.</summary>
    internal const double Largest = 1e300;

    /// <summary>True for powers of ten upwards in equal steps. Values that are not positive have no place there and leave gaps.</summary>
    public bool LogScale { get; init; }
}

/// <summary>One line of a chart.</summary>
/// <param name="Name">What the legend calls it: the run.</param>
/// <param name="Points">Its points, in any order. Where X is no finite number there is no point; where Y is none, the line has a gap.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>The size of one chart, in pixels.</summary>
/// <param name="Width">At least 160.</param>
/// <param name="Height">At least 120.</param>
public readonly record struct ChartSize(int Width, int Height)
{
    private const int MinWidth = 160, MinHeight = 120, Max = 10_000;

    /// <summary>What fits a page.</summary>
    public static ChartSize Usual => new(760, 400);

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Width, MinWidth);
        ArgumentOutOfRangeException.ThrowIfLessThan(Height, MinHeight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Width, Max);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Height, Max);
    }
}

/// <summary>A run in the table of a page.</summary>
/// <param name="Id">The run.</param>
/// <param name="Commit">The commit of its code.</param>
/// <param name="Data">The data that it was given.</param>
/// <param name="Parameters">Its parameters.</param>
public sealed record ChartRun(string Id, string Commit, string Data, string Parameters);
