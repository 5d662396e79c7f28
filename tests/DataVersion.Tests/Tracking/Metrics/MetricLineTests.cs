using System.Globalization;
using System.Text;
using DataVersion.Tracking.Metrics;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Metrics;

public sealed class MetricLineTests
{
    private const long Now = 1_700_000_000_000;

    private static readonly Gen<byte[]> Pieces = Gen.Elements(
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\"name\"", "\"value\"", "\"step\"", "\"timestamp\"", "\"loss\"", "\"acc\":1", "0", "-1", "0.5", "1e999", "NaN",
        "-Infinity", "Infinity", "\"NaN\"", "true", "null", " ", "\t", "\n", "\0", "\u00e4", "\\ud800", "\"\\ud800\":1", "\ufeff", "99999999999999999999", "Na", "{\"step\":3,")
        .Select(Encoding.UTF8.GetBytes).ListOf().Select(pieces => pieces.SelectMany(p => p).ToArray());

    private static readonly Gen<byte[]> Noise = Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf();

    [Theory]
    [InlineData("""{"name":"loss","value":0.1,"step":3}""", "loss", 0.1, 3)]
    [InlineData("""{"step":3,"value":-2,"name":"a/b c.d-e:f_Ä"}""", "a/b c.d-e:f_Ä", -2, 3)]
    [InlineData("""{"name":"loss","value":1e-7}""", "loss", 1e-7, 0)]
    [InlineData("""{"name":"loss","value":1,"step":3.0,"extra":{"x":[1]}}""", "loss", 1, 3)]
    [InlineData("""{"name":"loss","value":1,"step":-5}""", "loss", 1, -5)]
    [InlineData("""{"name":"loss","value":"NaN"}""", "loss", double.NaN, 0)]
    [InlineData("""{"name":"loss","value":NaN}""", "loss", double.NaN, 0)]
    [InlineData("""{"name":"loss","value":Infinity}""", "loss", double.PositiveInfinity, 0)]
    [InlineData("""{"name":"loss","value": -Infinity }""", "loss", double.NegativeInfinity, 0)]
    [InlineData("""{"name":"loss","value":"-inf"}""", "loss", double.NegativeInfinity, 0)]
    [InlineData("""{"name":"loss","value":"Infinity"}""", "loss", double.PositiveInfinity, 0)]
    [InlineData("""{"name":"NaN Infinity","value":NaN}""", "NaN Infinity", double.NaN, 0)]
    [InlineData("{\"loss\":\"inf\",\"note\":\"NaN \\\" NaN \\\\\"}", "loss", double.PositiveInfinity, 0)]
    [InlineData("\ufeff \t{\"loss\":2}\r", "loss", 2, 0)]
    [InlineData("""{"name":5,"step":1}""", "name", 5, 1)]
    public void A_line_gives_its_point(string line, string name, double value, long step) =>
        Assert.Equal([new MetricPoint(name, value, step, Now)], Parse(line));

    [Fact]
    public void The_short_form_gives_every_number() =>
        Assert.Equal(
            [new("loss", 0.1, 3, Now), new("acc", double.NaN, 3, Now), new("epoch", 1, 3, Now)],
            Parse("""{"loss":0.1,"step":3,"acc":NaN,"note":"warm","ok":true,"none":null,"more":{"x":1},"epoch":1}"""));

    [Theory]
    [InlineData("1700000000123", 1_700_000_000_123)]
    [InlineData("1700000000123.9", 1_700_000_000_123)]
    [InlineData("\"2026-01-31T12:00:00Z\"", 1_769_860_800_000)]
    [InlineData("\"2026-01-31T13:00:00.250+01:00\"", 1_769_860_800_250)]
    public void The_time_may_be_given(string time, long milliseconds) =>
        Assert.Equal(milliseconds, Assert.Single(Parse($$"""{"name":"x","value":1,"timestamp":{{time}}}""")).TimestampMs);

    [Theory]
    [InlineData(""), InlineData(" \t\r")]
    public void An_empty_line_is_nothing(string line) => Assert.Empty(Parse(line));

    [Theory]
    [InlineData("epoch 1: loss 0.3", "not a JSON object")]
    [InlineData("""{"name":"loss","value":0.1,"step":3""", "not a JSON object")]
    [InlineData("""{"loss":1}{"loss":2}""", "not a JSON object")]
    [InlineData("""[1,2]""", "not a JSON object")]
    [InlineData("NaN", "not a JSON object")]
    [InlineData("""{"loss":1,"loss":2}""", "not a JSON object")]
    [InlineData("""{"name":"loss"}""", "\"value\" is missing")]
    [InlineData("""{"name":"loss","value":"high"}""", "\"value\" is missing or not a number")]
    [InlineData("""{"name":"loss","value":null}""", "\"value\" is missing or not a number")]
    [InlineData("""{"step":3,"note":"x"}""", "no number")]
    [InlineData("""{}""", "no number")]
    [InlineData("""{"loss":1,"step":"3"}""", "\"step\"")]
    [InlineData("""{"loss":1,"step":3.5}""", "\"step\"")]
    [InlineData("""{"loss":1,"step":99999999999999999999}""", "\"step\"")]
    [InlineData("""{"loss":1,"step":NaN}""", "\"step\"")]
    [InlineData("""{"loss":1,"timestamp":"yesterday"}""", "\"timestamp\"")]
    [InlineData("""{"loss":1,"timestamp":1e300}""", "\"timestamp\"")]
    [InlineData("""{"":1}""", "0 characters")]
    [InlineData("""{"../x":1}""", "'../x' is no name")]
    [InlineData("""{"a//b":1}""", "is no name")]
    [InlineData("""{"/a":1}""", "is no name")]
    [InlineData("""{"a\nb":1}""", "'a\\nb' is no name")]
    [InlineData("""{"good":1,"b?d":2}""", "is no name")]
    [InlineData("""{"\ud800":1}""", "half of a character")]
    [InlineData("""{"x":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}""", "not a JSON object")]
    public void A_bad_line_gives_its_number_and_no_point(string line, string problem)
    {
        var points = new List<MetricPoint>();
        Assert.False(MetricLine.TryParse(Encoding.UTF8.GetBytes(line), 17, Now, points, out MetricProblem? found));
        Assert.Empty(points);
        Assert.Equal(17, found!.Line);
        Assert.Contains(problem, found.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_are_kept()
    {
        Assert.Single(Parse($$"""{"{{new string('x', 250)}}":1}"""));
        Assert.False(MetricLine.TryParse(Encoding.UTF8.GetBytes($$"""{"{{new string('x', 251)}}":1}"""), 1, Now, [], out _));
        Assert.False(MetricLine.TryParse([0x7b, 0xff, 0x7d], 1, Now, [], out MetricProblem? problem));
        Assert.Equal("not UTF-8 text", problem!.Problem);
        Assert.False(MetricLine.TryParse(Encoding.UTF8.GetBytes("{\"loss\":1" + new string(' ', 1 << 20) + "}"), 1, Now, [], out problem));
        Assert.Contains("longer than", problem!.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_give_points_or_a_problem() =>
        Prop.ForAll(Gen.OneOf(Pieces, Noise).ToArbitrary(), bytes =>
        {
            var points = new List<MetricPoint>();
            bool isRead = MetricLine.TryParse(bytes, 1, Now, points, out MetricProblem? problem);
            return isRead ? problem is null : problem is { Problem.Length: > 0, Line: 1 } && points.Count == 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void What_was_written_is_read_back() => Prop.ForAll<double, long, NonNull<string>>((value, step, text) =>
    {
        string name = "n" + string.Concat(text.Get.Where(char.IsAsciiLetterOrDigit));
        string number = double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? (value < 0 ? "-Infinity" : "Infinity") : value.ToString("R", CultureInfo.InvariantCulture);
        string line = string.Create(CultureInfo.InvariantCulture, $$"""{"name":"{{name}}","value":{{number}},"step":{{step}}}""");
        return name.Length > 250 || Parse(line).Single().Equals(new MetricPoint(name, value, step, Now));
    }).QuickCheckThrowOnFailure();

    private static List<MetricPoint> Parse(string line)
    {
        var points = new List<MetricPoint>();
        Assert.True(MetricLine.TryParse(Encoding.UTF8.GetBytes(line), 1, Now, points, out MetricProblem? problem), problem?.Problem);
        return points;
    }
}
