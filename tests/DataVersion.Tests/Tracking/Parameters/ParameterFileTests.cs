using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DataVersion.Tracking.Parameters;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Parameters;

public sealed class ParameterFileTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    private static readonly Gen<byte[]> Pieces = Gen.Elements(
        "{", "}", "[", "]", ":", ": ", ",", "\"", "'", "\\", "a", "b: 1", "\n", "  ", "- ", "? ", "&x ", "*x", "!!int ", "---\n", "...\n", "%YAML 1.2\n", "|\n", ">-\n", "#", "~", "null",
        "1.5", "\"a\":", "\\ud800", "\0", "\t", "\r", "😀", "\u0085", "\u2028", "\ufeff", "<<: ", "@", "`").Select(Encoding.UTF8.GetBytes).ListOf().Select(pieces => pieces.SelectMany(p => p).ToArray());

    private static readonly Gen<byte[]> Noise = Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf();

    private static readonly Gen<string> Names =
        from first in Gen.Elements("a", "b", "c-d", "e_f", "G/h", "i j")
        from number in Gen.Choose(0, 50)
        select first + number.ToString(CultureInfo.InvariantCulture);

    private static readonly Gen<string> Values = Gen.OneOf(
        Gen.Elements("", " ", "null", "true", "1", "-0", "1e5", "~", "- x", "{}", "[1]", "#x", "a: b", "'", "\"", "\\", "\n", "a\nb\n", "\t", "😀", "\u0085", "\u2028", "*x", "&x", "!x", "%"),
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => string.Concat(s.Get.EnumerateRunes().Where(r => r.Value != 0).Select(r => r.ToString()))));

    [Fact]
    public void Nested_names_are_joined_by_dots_and_lists_are_JSON()
    {
        const string Yaml = """
            # a comment
            lr: 1e-3
            opt:
              name: 'adam'
              betas: [0.9, 0.999]
              sched: {type: cosine, "warm up": 5}
            flags: [yes, true, null, ~, "1", '', 0x10, .inf, -1.50, 007, {a: 1, b: [x]}]
            empty: {}
            none: []
            nothing:
            tilde: ~
            text: |
              two
              lines
            """;
        Assert.Equal(
            [
                ("lr", "1e-3"), ("opt.name", "adam"), ("opt.betas", "[0.9,0.999]"), ("opt.sched.type", "cosine"), ("opt.sched.warm up", "5"),
                ("flags", """["yes",true,null,null,"1","","0x10",".inf",-1.50,"007",{"a":1,"b":["x"]}]"""),
                ("empty", "{}"), ("none", "[]"), ("nothing", ""), ("tilde", "~"), ("text", "two\nlines"),
            ],
            Read("p.yaml", Yaml));
    }

    [Fact]
    public void Json_is_read_the_same_way() => Assert.Equal(
        [("lr", "1e-3"), ("opt.betas", "[0.9,0.9990,\"ä\"]"), ("opt.on", "true"), ("opt.x.y", "null"), ("e", "{}"), ("s", "a\nb"), ("big", "123456789012345678901234567890")],
        Read("p.JSON", """{"lr":1e-3,"opt":{"betas":[0.9, 0.9990, "ä"],"on":true,"x":{"y":null}},"e":{},"s":"a\nb","big":123456789012345678901234567890}"""));

    [Theory]
    [InlineData(""), InlineData("# only a comment\n"), InlineData("---\n"), InlineData("{}"), InlineData("\ufeff")]
    public void An_empty_file_has_none(string yaml) => Assert.Empty(Read("p.yaml", yaml));

    [Theory]
    [InlineData("a: &x 1\nb: *x\n", "p.yaml:1: YAML anchors")]
    [InlineData("b: *x\n", "p.yaml:1: YAML anchors")]
    [InlineData("a: !!int 1\n", "p.yaml:1: YAML anchors")]
    [InlineData("x: 1\na: !!python/object:os.system {}\n", "p.yaml:2: YAML anchors")]
    [InlineData("a: 1\n---\nb: 2\n", "p.yaml:2: one document")]
    [InlineData("a: 1\na: 2\n", "p.yaml:2: 'a' is there twice")]
    [InlineData("a.b: 1\na: {b: 2}\n", "p.yaml:2: the parameter 'a.b' is there twice")]
    [InlineData("- a\n", "p.yaml:1: not a mapping")]
    [InlineData("just text\n", "p.yaml:1: not a mapping")]
    [InlineData("''\n", "p.yaml:1: not a mapping")]
    [InlineData("? [a, b]\n: 1\n", "a name is a plain word")]
    [InlineData("a: [1, 2\n", "not YAML")]
    [InlineData("a: 1\0b: 2\n", "p.yaml:1: a control character (\\x00)")]
    public void Bad_YAML_is_named(string yaml, string problem) => Refused("p.yaml", yaml, problem);

    [Theory]
    [InlineData("[]", "not an object"), InlineData("1", "not an object"), InlineData("", "not JSON"), InlineData("{\"a\":1}x", "not JSON"), InlineData("{\n\"a\":}", "p.json:2: not JSON")]
    [InlineData("{\"a\":1,\"a\":2}", "not JSON"), InlineData("{\"a.b\":1,\"a\":{\"b\":2}}", "'a.b' is there twice"), InlineData("{\"a\":NaN}", "not JSON")]
    [InlineData("{\"a\":\"\\ud800\"}", "half of a character"), InlineData("{\"a\":1,}", "not JSON"), InlineData("// x\n{}", "not JSON")]
    public void Bad_JSON_is_named(string json, string problem) => Refused("p.json", json, problem);

    [Theory]
    [InlineData("p.yaml", "x: 1\nä: 2\n", "p.yaml:2: 'ä'"), InlineData("p.yaml", "a: {'': 1, 'b:c': 2}\n", "'a.b:c'"), InlineData("p.json", "{\"\":1}", "''")]
    [InlineData("p.json", "{\"a\":\"\\u0000\"}", "NUL"), InlineData("p.yaml", "<<: {a: 1}\n", "'<<.a'")]
    public void Bad_names_and_values_are_refused(string file, string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<UsageException>(() => Read(file, text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Depth_is_bounded()
    {
        foreach (string file in new[] { "p.yaml", "p.json" })
        {
            Assert.Single(Read(file, string.Concat(Enumerable.Repeat("{\"a\": ", 31)) + "1" + new string('}', 31)));
            Assert.Throws<InvalidFormatException>(() => Read(file, string.Concat(Enumerable.Repeat("{\"a\": ", 40)) + "1" + new string('}', 40)));
            Assert.Throws<InvalidFormatException>(() => Read(file, "{\"a\": " + new string('[', 500_000)));
        }
    }

    [Fact]
    public void Size_and_number_are_bounded()
    {
        Refused("p.yaml", new string('#', (1 << 20) + 1), "at most 1048576");
        Assert.Equal(10_000, Read("p.yaml", Many(10_000)).Count);
        Refused("p.yaml", Many(10_001), "more than 10000 parameters");
        Refused("p.json", "{" + string.Join(',', Enumerable.Range(0, 10_001).Select(i => $"\"n{i}\":1")) + "}", "more than 10000 parameters");
        Assert.Throws<InvalidFormatException>(() => ParameterSet.Load([], Nothing, "p.yaml", [0x61, 0x3a, 0x20, 0xff]));

        static string Many(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"n{i}: 1\n"));
    }

    [Theory]
    [InlineData("- "), InlineData("? "), InlineData("{"), InlineData("a: "), InlineData("&a "), InlineData("'"), InlineData("a\n"), InlineData("[a, "), InlineData("x: |\n")]
    public void Nothing_takes_long(string unit)
    {
        var watch = Stopwatch.StartNew();
        string text = string.Concat(Enumerable.Repeat(unit, (1 << 20) / unit.Length));
        Assert.ThrowsAny<DataVersionException>(() => Read("p.yaml", text));
        Assert.ThrowsAny<DataVersionException>(() => Read("p.json", text));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    public void Any_bytes_give_parameters_or_a_typed_error() =>
        Prop.ForAll(Gen.OneOf(Pieces, Noise).ToArbitrary(), bytes => IsReadOrRefused("p.yaml", bytes) && IsReadOrRefused("p.json", bytes)).Check(Config.QuickThrowOnFailure.WithMaxTest(4000));

    [Fact]
    public void What_was_written_is_read_back() => Prop.ForAll(
        (from names in Names.ListOf() from values in Values.ListOf() select names.Distinct().Zip(values).ToList()).ToArbitrary(),
        pairs =>
        {
            string json = "{" + string.Join(",", pairs.Select(p => $"\"{p.First}\":{JsonSerializer.Serialize(p.Second)}")) + "}";
            // JSON is YAML, in another reader.
            return Read("p.json", json).SequenceEqual(pairs) && Read("p.yaml", json.Replace("\":", "\": ", StringComparison.Ordinal)).Count == pairs.Count;
        }).QuickCheckThrowOnFailure();

    private static bool IsReadOrRefused(string file, byte[] bytes)
    {
        try
        {
            return ParameterSet.Load([], Nothing, file, bytes).Parameters.All(p => p.Source == ParameterSource.File && p.Name.Length is > 0 and <= 250);
        }
        catch (DataVersionException e)
        {
            return e.Message.StartsWith(file, StringComparison.Ordinal);
        }
    }

    private static List<(string, string)> Read(string file, string text) =>
        [.. ParameterSet.Load([], Nothing, file, Encoding.UTF8.GetBytes(text)).Parameters.Select(p => (p.Name, p.Value))];

    private static void Refused(string file, string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<InvalidFormatException>(() => Read(file, text)).Message, StringComparison.Ordinal);
}
