using DataVersion.Tracking.Charts;
using FsCheck;
using FsCheck.Fluent;

namespace DataVersion.Tests.Tracking.Charts;

/// <summary>Charts for tests.</summary>
internal static class ChartSamples
{
    /// <summary>Two runs with a gap, a spike and a dot.</summary>
    public static Chart Loss { get; } = new("train/loss", "step", "nats", [
        new ChartSeries("baseline", [.. Enumerable.Range(0, 200).Select(i => ((double)i * 50, i is > 80 and < 100 ? double.NaN : i == 150 ? 2.9 : 0.2 + (2.5 * Math.Exp(-i / 40.0)) + (0.05 * Math.Sin(i * 1.7))))]),
        new ChartSeries("lr=3e-4 <wide> & \"deep\", a name that is far too long for a legend", [.. Enumerable.Range(0, 100).Select(i => ((double)i * 100, 0.1 + (3 * Math.Exp(-i / 12.0))))]),
        new ChartSeries("one", [(5000, 1.5)]),
    ]);

    public static Chart Log { get; } = new("learning rate", "epoch", "", [
        new ChartSeries("cosine", [.. Enumerable.Range(1, 60).Select(i => ((double)i, 1e-3 * Math.Pow(10, -i / 15.0)))]),
        new ChartSeries("step", [.. Enumerable.Range(1, 60).Select(i => ((double)i, i % 7 == 0 ? 0 : 1e-2 / Math.Pow(10, i / 20)))]),
    ])
    { LogScale = true };

    public static Chart Many { get; } = new("accuracy", "step", "", [
        .. Enumerable.Range(0, 30).Select(s => new ChartSeries($"run {s}", [.. Enumerable.Range(0, 40).Select(i => ((double)i, 1 - Math.Exp(-(i + 1.0) / (5 + s))))])),
    ]);

    public static Chart Empty { get; } = new("empty", "step", "", []);

    private static readonly Gen<double> Number = Gen.Frequency(
        (3, Gen.Elements(0, -0.0, 1, -1, 2, 10, 0.1, 0.30000000000000004, 1e15, 1e16, 1e16 + 2, 123456789)),
        (2, Gen.Elements(double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon, -double.Epsilon, 1e300, -1e300, 1e-290, 1e-300, 2.2250738585072014e-308)),
        (4, Gen.Choose(-1000, 1000).Select(i => i / 8.0)),
        (1, ArbMap.Default.GeneratorFor<double>()));

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.Elements("", "loss", "損失", "e\u0301", "\u202eabc", "\0\u0001\n\t\e[31m", "\ud800", "<&>\"'", "]]>", "\ufffe", "😀😀😀", new string('m', 300)),
        ArbMap.Default.GeneratorFor<string>().Select(s => s ?? ""));

    public static Gen<Chart> Any { get; } =
        from title in Text
        from x in Text
        from y in Text
        from log in ArbMap.Default.GeneratorFor<bool>()
        from few in Gen.Choose(0, 4)
        from series in (from name in Text
                        from numbers in Gen.Frequency((1, Gen.Constant(new List<double>())), (9, Number.ListOf().Select(l => l.ToList())))
                        from same in Gen.Choose(0, 4)
                        from shift in Number
                        select new ChartSeries(name, [.. numbers.Select((n, i) => (same == 0 ? shift : same == 1 ? n : i, same == 2 ? shift : n))])).ListOf()
        select new Chart(title, x, y, [.. series.Take(few == 0 ? 60 : few)]) { LogScale = log };
}
