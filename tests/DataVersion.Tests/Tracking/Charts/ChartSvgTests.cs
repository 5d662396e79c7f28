using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Charts;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Charts;

public sealed partial class ChartSvgTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Pictures_are_drawn_like_this()
    {
        GoldenFile.Check("tests/golden/charts/two.svg", ChartSvg.Write([ChartSamples.Loss, ChartSamples.Log], ChartSize.Usual));
        GoldenFile.Check("tests/golden/charts/many.svg", ChartSvg.Write([ChartSamples.Many], new ChartSize(480, 300)));
        GoldenFile.Check("tests/golden/charts/empty.svg", ChartSvg.Write([ChartSamples.Empty], new ChartSize(160, 120)));
    }

    [Fact]
    public void A_page_holds_the_pictures_and_the_runs_and_nothing_from_elsewhere()
    {
        string page = ChartHtml.Write("Runs of <b>", [ChartSamples.Loss, ChartSamples.Log], [
            new ChartRun("0196b7a1", "4d7a2146", "data/train@sha256:4d7a", "lr=3e-4, note=<script>alert(1)</script>"),
            new ChartRun("0196b7a2", "9f86d081", "data/train@sha256:9f86", ""),
        ], ChartSize.Usual);
        GoldenFile.Check("tests/golden/charts/page.html", page);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(@"(\ssrc=|\shref=|url\(|@import)", page);
        Assert.Equal(["http://www.w3.org/2000/svg"], Address().Matches(page).Select(m => m.Value).Distinct());
    }

    [Fact]
    public void A_picture_is_a_document_that_says_what_it_shows()
    {
        XElement root = XDocument.Parse(ChartSvg.Write([ChartSamples.Loss, ChartSamples.Log], new ChartSize(600, 300))).Root!;
        Assert.Equal(("600", "600", "img", "1.1"), ((string?)root.Attribute("width"), (string?)root.Attribute("height"), (string?)root.Attribute("role"), (string?)root.Attribute("version")));
        Assert.Equal("train/loss, learning rate", root.Element(Svg + "title")!.Value);
        Assert.Contains(root.Descendants(Svg + "title"), t => t.Value == ChartSamples.Loss.Series[1].Name);
        Assert.Contains(root.Descendants(Svg + "text"), t => t.Value.EndsWith('…') && t.Value.Length == 32);
        Assert.Contains("prefers-color-scheme:dark", root.Element(Svg + "style")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gap_breaks_the_line_and_a_lone_point_is_a_dot()
    {
        var chart = new Chart("m", "step", "", [new ChartSeries("s", [(0, 1), (1, 2), (2, double.NaN), (3, double.PositiveInfinity), (4, 1), (5, double.MaxValue), (6, 1), (7, 2)])]);
        XElement root = XDocument.Parse(ChartSvg.Write([chart], ChartSize.Usual)).Root!;
        XElement path = Lines(root).First();
        Assert.Equal(2, ((string)path.Attribute("d")!).Count(c => c == 'M'));
        Assert.Single(root.Descendants(Svg + "circle"));
    }

    [Fact]
    public void A_long_series_keeps_its_spikes_and_stays_small()
    {
        const int Points = 300_000, Spike = 123_457;
        var series = new ChartSeries("s", [.. Enumerable.Range(0, Points).Select(i => ((double)i, i == Spike ? 1000.0 : i == Spike + 1 ? -1000.0 : Math.Sin(i)))]);
        var gaps = new ChartSeries("g", [.. Enumerable.Range(0, Points).Select(i => ((double)i, i % 2 == 0 ? double.NaN : i % 100))]);
        string text = ChartSvg.Write([new Chart("m", "step", "", [series, gaps])], ChartSize.Usual);
        Assert.InRange(text.Length, 1, 80_000);
        List<double> heights = [.. Coordinate().Matches((string)Lines(XDocument.Parse(text).Root!).First().Attribute("d")!).Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.InRange(heights.Count, 100, 2 * 760);
        // The spike goes all the way up and down, the rest stays in the middle.
        Assert.InRange(heights.Max() - heights.Min(), 250, 400);
    }

    [Fact]
    public void The_same_charts_give_the_same_bytes_in_every_country()
    {
        string expected = ChartSvg.Write([ChartSamples.Loss], ChartSize.Usual);
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
            Assert.Equal(expected, ChartSvg.Write([ChartSamples.Loss], ChartSize.Usual));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Any_series_are_a_document_of_bounded_size_with_nothing_outside() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
        Arb.From(from chart in ChartSamples.Any from width in Gen.Choose(160, 500) from height in Gen.Choose(120, 400) select (chart, width, height)), x =>
        {
            var size = new ChartSize(x.width, x.height);
            string text = ChartSvg.Write([x.chart, x.chart], size);
            XElement root = XDocument.Parse(text).Root!;
            XElement page = XDocument.Parse(Element(ChartHtml.Write(x.chart.Title, [x.chart], [], size))).Root!;
            IEnumerable<string> numbers = Lines(root).Attributes("d").Select(a => a.Value);
            return Encoding.UTF8.GetByteCount(text) < 20_000 + (x.chart.Series.Count * x.width * 100)
                && numbers.All(d => d.All(c => c is 'M' or 'L' or ' ' or '.' || char.IsAsciiDigit(c)))
                && numbers.SelectMany(d => Coordinate().Matches(d)).All(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) <= x.height)
                && page.Name == Svg + "svg";
        }));

    [Fact]
    public void A_size_that_nobody_can_see_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ChartSvg.Write([ChartSamples.Loss], new ChartSize(100, 400)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChartHtml.Write("t", [], [], new ChartSize(400, 100_000)));
    }

    private static IEnumerable<XElement> Lines(XElement root) =>
        root.Descendants(Svg + "path").Where(p => p.Parent!.Element(Svg + "title") is not null && ((string)p.Attribute("class")!).StartsWith("l ", StringComparison.Ordinal));

    private static string Element(string page) => page[page.IndexOf("<svg", StringComparison.Ordinal)..(page.IndexOf("</svg>", StringComparison.Ordinal) + 6)];

    [GeneratedRegex(@"[ML][\d.]+ ([\d.]+)")]
    private static partial Regex Coordinate();

    [GeneratedRegex(@"https?://[^\s""'<>]+")]
    private static partial Regex Address();
}
