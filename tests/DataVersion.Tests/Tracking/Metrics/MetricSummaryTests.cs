using System.Globalization;
using DataVersion.Tracking.Metrics;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Metrics;

public sealed class MetricSummaryTests
{
    [Fact]
    public void Each_name_has_its_own_story()
    {
        var summary = new MetricSummary();
        foreach ((string name, double value, long step) in new[] { ("loss", 3.0, 1L), ("acc", 0.5, 1L), ("loss", double.NaN, 2L), ("loss", -1.0, 7L), ("loss", 2.0, 5L) })
            Assert.True(summary.TryAdd(new MetricPoint(name, value, step, 0)));
        Assert.Equal(["acc", "loss"], summary.Metrics.Keys);
        Assert.Equal(new MetricStatistics(2, -1, 3, 4, 1, 1, 5), summary.Metrics["loss"]);
        Assert.Equal(new MetricStatistics(0.5, 0.5, 0.5, 1, 0, 1, 1), summary.Metrics["acc"]);
    }

    [Fact]
    public void Only_NaN_has_no_bounds_and_infinity_is_a_bound()
    {
        var summary = new MetricSummary();
        summary.TryAdd(new MetricPoint("x", double.NaN, 1, 0));
        Assert.Equal(new MetricStatistics(double.NaN, null, null, 1, 1, 1, 1), summary.Metrics["x"]);
        summary.TryAdd(new MetricPoint("x", double.NegativeInfinity, 2, 0));
        Assert.Equal(new MetricStatistics(double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity, 2, 1, 1, 2), summary.Metrics["x"]);
    }

    [Fact]
    public void Names_are_bounded()
    {
        var summary = new MetricSummary();
        for (int i = 0; i < MetricSummary.MaxNames; i++)
            Assert.True(summary.TryAdd(new MetricPoint(i.ToString(CultureInfo.InvariantCulture), 1, 0, 0)));
        Assert.False(summary.TryAdd(new MetricPoint("one more", 1, 0, 0)));
        Assert.True(summary.TryAdd(new MetricPoint("0", 2, 0, 0)));
        Assert.Equal(2, summary.Metrics["0"].Last);
    }

    [Fact]
    public void Agrees_with_the_whole_list() => Prop.ForAll<double[]>(values =>
    {
        var summary = new MetricSummary();
        foreach (double value in values)
            summary.TryAdd(new MetricPoint("x", value, 0, 0));
        double[] numbers = [.. values.Where(v => !double.IsNaN(v))];
        return values.Length == 0 || (summary.Metrics["x"] is var x && x.Count == values.Length && x.NaNCount == values.Length - numbers.Length
            && x.Last.Equals(values[^1]) && (numbers.Length == 0 ? x.Min is null : x.Min == numbers.Min() && x.Max == numbers.Max()));
    }).QuickCheckThrowOnFailure();
}
