using System.Text;
using System.Text.RegularExpressions;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Charts;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Charts;

public sealed partial class ChartTextTests
{
    [Fact]
    public void Charts_in_a_terminal_look_like_this()
    {
        var text = new StringBuilder();
        foreach (Chart chart in new[] { ChartSamples.Loss, ChartSamples.Log, ChartSamples.Many, ChartSamples.Empty })
        {
            text.Append(ChartText.Write(chart, 72, 18, unicode: true, colour: false)).Append('\n');
            text.Append(ChartText.Write(chart, 60, 12, unicode: false, colour: false)).Append('\n');
        }
        text.Append(ChartText.Write(ChartSamples.Loss, 24, 6, unicode: true, colour: false)).Append('\n');
        text.Append(ChartText.Write(ChartSamples.Loss, 9, 3, unicode: true, colour: false)).Append('\n');
        GoldenFile.Check("tests/golden/charts/terminal.txt", text.ToString());
        GoldenFile.Check("tests/golden/charts/terminal-colour.txt", ChartText.Write(ChartSamples.Loss, 72, 18, unicode: true, colour: true));
    }

    [Fact]
    public void Each_series_has_its_own_letter_pattern_or_colour()
    {
        var chart = new Chart("m", "step", "", [new ChartSeries("a", [(0, 0), (10, 0)]), new ChartSeries("b", [(0, 1), (10, 1)])]);
        Assert.Contains("* a", ChartText.Write(chart, 40, 10, unicode: false, colour: false), StringComparison.Ordinal);
        Assert.Contains("+ b", ChartText.Write(chart, 40, 10, unicode: false, colour: false), StringComparison.Ordinal);
        string dashed = ChartText.Write(chart, 40, 10, unicode: true, colour: false);
        Assert.Contains("⠤⠤⠤⠤⠤ a", dashed, StringComparison.Ordinal);
        Assert.DoesNotContain("⠤⠤⠤⠤⠤ b", dashed, StringComparison.Ordinal);
        string coloured = ChartText.Write(chart, 40, 10, unicode: true, colour: true);
        Assert.Contains("\e[38;5;32m⠤⠤⠤⠤⠤ \e[39ma", coloured, StringComparison.Ordinal);
        Assert.Contains("\e[38;5;166m⠤⠤⠤⠤⠤ \e[39mb", coloured, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_chart_fills_exactly_its_place() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1500), Prop.ForAll(
        Arb.From(
            from chart in ChartSamples.Any
            from width in Gen.Frequency((3, Gen.Choose(1, 25)), (1, Gen.Choose(26, 120)))
            from height in Gen.Frequency((3, Gen.Choose(1, 12)), (1, Gen.Choose(13, 40)))
            from mode in Gen.Choose(0, 3)
            select (chart, width, height, unicode: mode % 2 == 0, colour: mode > 1)), x =>
        {
            string text = ChartText.Write(x.chart, x.width, x.height, x.unicode, x.colour);
            string plain = Escape().Replace(text, "");
            string[] lines = plain.Split('\n');
            return lines.Length == x.height + 1 && lines[^1].Length == 0
                && lines[..^1].All(line => ChartWords.Cells(line) == x.width)
                && (x.colour || text == plain)
                && !plain.Replace("\n", "", StringComparison.Ordinal).Any(char.IsControl)
                && (x.unicode || plain.All(char.IsAscii));
        }));

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(5, 20_000)]
    public void A_size_that_no_terminal_has_is_refused(int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ChartText.Write(ChartSamples.Loss, width, height, unicode: true, colour: false));

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Escape();
}
