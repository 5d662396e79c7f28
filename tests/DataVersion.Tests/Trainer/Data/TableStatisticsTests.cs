using System.Globalization;
using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data;
using Xunit;

namespace DataVersion.Tests.Trainer.Data;

public sealed class TableStatisticsTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task They_are_those_of_the_values()
    {
        var random = new Random(5);
        double?[] values = [.. Enumerable.Range(0, 3001).Select(i => i % 10 == 3 ? (double?)null : Math.Round(1e9 + (random.NextDouble() * 1000), 3))];
        _data.Write("a.csv", "n,y\n" + string.Concat(values.Select((v, i) => string.Create(CultureInfo.InvariantCulture, $"{v},{i % 2}\n"))));

        using DuckTable table = await _data.OpenAsync("a.csv");
        SignatureStatistics found = table.Inputs[0].Statistics;

        double[] sorted = [.. values.Where(v => v is not null).Select(v => v!.Value).Order()];
        double mean = sorted.Average();
        Assert.Equal((3001, values.Count(v => v is null)), (found.Count, found.Missing));
        Assert.Equal(mean, found.Mean!.Value, 1e-5);
        Assert.Equal(Math.Sqrt(sorted.Average(v => (v - mean) * (v - mean))), found.StandardDeviation!.Value, 1e-5);
        Assert.Equal(11, found.Quantiles.Count);
        Assert.Equal((sorted[0], sorted[^1]), (found.Quantiles[0], found.Quantiles[^1]));
        for (int decile = 1; decile <= 9; decile++)
        {
            double at = (sorted.Length - 1) * decile / 10.0;
            double expected = sorted[(int)at] + ((sorted[(int)at + 1] - sorted[(int)at]) * (at - (int)at));
            // The sample is of float32, which near 1e9 are 64 apart.
            Assert.Equal(expected, found.Quantiles[decile], 64.0);
        }
    }

    [Fact]
    public async Task Deciles_of_few_rows_are_exact()
    {
        _data.Write("a.csv", "n,y\n" + string.Concat(Enumerable.Range(0, 101).Reverse().Select(i => $"{i},{i % 2}\n")));

        using DuckTable table = await _data.OpenAsync("a.csv");

        Assert.Equal([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], table.Inputs[0].Statistics.Quantiles);
    }

    [Fact]
    public async Task Deciles_of_many_rows_are_near_and_always_the_same()
    {
        _data.WriteQuery("a.parquet", "SELECT (i * 7919) % 600000 AS n, i % 2 AS y FROM range(600000) t(i)");

        using DuckTable one = await _data.OpenAsync("a.parquet", options: new TableOptions { Threads = 1 });
        using DuckTable other = await _data.OpenAsync("a.parquet", options: new TableOptions { Threads = 4 });

        Assert.Equal(one.Describe(), other.Describe());
        SignatureStatistics found = one.Inputs[0].Statistics;
        Assert.Equal(299_999.5, found.Mean!.Value, 1e-6);
        for (int decile = 1; decile <= 9; decile++)
            Assert.InRange(found.Quantiles[decile] / 600_000, (decile / 10.0) - 0.01, (decile / 10.0) + 0.01);
    }

    [Fact]
    public async Task Words_beyond_what_can_be_counted_are_forgotten_but_not_the_frequent_ones()
    {
        // Half of the rows are one of five words; the other half are 150,000 words, each twice.
        _data.WriteQuery("a.parquet", "SELECT CASE WHEN i % 2 = 0 THEN 'often' || (i // 2 % 5) ELSE 'rare' || (i // 2 % 150000) END AS w, i % 3 = 0 AS y FROM range(600000) t(i)");

        using DuckTable table = await _data.OpenAsync("a.parquet", options: new TableOptions { MaxCategories = 5 });

        Assert.Equal(["often0", "often1", "often2", "often3", "often4"], table.Inputs[0].Categories.Order(StringComparer.Ordinal));
        Assert.All(table.Inputs[0].Statistics.Frequencies, f => Assert.Equal(0.1, f, 1e-9));
        Assert.Contains(table.Warnings, w => w.Contains("has more than ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Many_names_of_rows_are_left_out()
    {
        _data.WriteQuery("a.parquet", "SELECT i AS n, 'id-' || i AS id, i % 2 AS y FROM range(300000) t(i)");

        using DuckTable table = await _data.OpenAsync("a.parquet");

        Assert.Equal(["n"], table.Inputs.Select(i => i.Name));
    }
}
