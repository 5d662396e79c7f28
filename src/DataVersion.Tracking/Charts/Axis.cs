using System.Globalization;

namespace DataVersion.Tracking.Charts;

/// <summary>A mark on an axis.</summary>
internal readonly record struct Tick(double Value, string Text);

/// <summary>One direction of a chart: from where to where it goes, which marks it has, and where a value lies on it.</summary>
internal sealed class Axis
{
    // Numbers closer together than this part of their size are one: a double has no room for marks between them.
    private const double Together = 1e-10;
    private const double Smallest = 1e-290;
    private const int MaxTicks = 64;

    private readonly double _low;
    private readonly double _high;
    private readonly bool _log;

    private Axis(double low, double high, bool log, IReadOnlyList<Tick> ticks)
    {
        (_low, _high, _log, Ticks) = (low, high, log, ticks);
    }

    /// <summary>The marks, upwards; none lies outside.</summary>
    public IReadOnlyList<Tick> Ticks { get; }

    /// <summary>Where a value lies: 0 at the beginning of the axis, 1 at its end.</summary>
    public double At(double value) => Math.Clamp(((_log ? Math.Log10(value) : value) - _low) / (_high - _low), 0, 1);

    /// <summary>Whether a value has a place on an axis of this kind.</summary>
    public static bool Takes(double value, bool log) => Math.Abs(value) <= Chart.Largest && (!log || value >= Smallest);

    /// <summary>An axis with equal steps of 1, 2 or 5 times a power of ten.</summary>
    /// <param name="values">What is to be shown; at least the finite ones of it.</param>
    /// <param name="wanted">About how many marks there is room for.</param>
    /// <param name="rounded">True to begin and end at a mark, false to begin and end with the values.</param>
    public static Axis Linear(IEnumerable<double> values, int wanted, bool rounded)
    {
        bool whole = true;
        (double low, double high) = Range(values.Select(v =>
        {
            whole &= Math.Abs(v) < 1e15 && v == Math.Floor(v);
            return Math.Abs(v) < Smallest ? 0 : v;
        }));
        if (high - low <= Math.Max(Math.Abs(low), Math.Abs(high)) * Together)
        {
            double room = low == 0 ? 1 : Math.Abs(low) * 0.1;
            (low, high) = (low - (whole ? Math.Max(room, 1) : room), high + (whole ? Math.Max(room, 1) : room));
        }
        double step = Step((high - low) / Math.Max(1, wanted));
        if (whole && !rounded)
            step = Math.Max(1, step);
        if (rounded)
            (low, high) = (Math.Floor((low / step) + 1e-9) * step, Math.Ceiling((high / step) - 1e-9) * step);
        var ticks = new List<Tick>();
        for (double k = Math.Ceiling((low / step) - 1e-9); k * step <= high + (step * 1e-9) && ticks.Count < MaxTicks; k++)
            ticks.Add(new Tick(k * step, TickText.Format(k * step, step, Math.Max(Math.Abs(low), Math.Abs(high)))));
        return new Axis(low, high, log: false, ticks);
    }

    /// <summary>An axis of powers of ten.</summary>
    /// <param name="values">What is to be shown: positive.</param>
    /// <param name="wanted">About how many marks there is room for.</param>
    public static Axis Logarithmic(IEnumerable<double> values, int wanted)
    {
        (double low, double high) = Range(values.Select(Math.Log10));
        if (high - low < 1e-6)
            (low, high) = (low - 0.3, high + 0.3);
        int first = (int)Math.Floor(low), last = (int)Math.Ceiling(high);
        int every = (int)Math.Max(1, Step((last - first) / (double)Math.Max(1, wanted)));
        // Within few powers of ten, marks between them are of use: 1, 2, 5, or all nine.
        double[] digits = last - first > wanted || every > 1 ? [1] : (last - first) * 3 <= wanted ? [1, 2, 5] : [1];
        if (high - low < 0.7)
            digits = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        var ticks = new List<Tick>();
        for (int power = first - (((first % every) + every) % every); power <= last && ticks.Count < MaxTicks; power += every)
        {
            foreach (double digit in digits)
            {
                double exponent = power + Math.Log10(digit);
                if (exponent >= low - 1e-9 && exponent <= high + 1e-9)
                    ticks.Add(new Tick(digit * Math.Pow(10, power), TickText.Power(digit, power)));
            }
        }
        if (ticks.Count == 0)
            ticks.Add(new Tick(Math.Pow(10, (low + high) / 2), TickText.Short(Math.Pow(10, (low + high) / 2))));
        return new Axis(low, high, log: true, ticks);
    }

    /// <summary>The next of 1, 2, 5 times a power of ten.</summary>
    internal static double Step(double atLeast)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(atLeast)));
        double times = atLeast / power;
        return power * (times <= 1 + 1e-9 ? 1 : times <= 2 + 1e-9 ? 2 : times <= 5 + 1e-9 ? 5 : 10);
    }

    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values)
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return low > high ? (0, 0) : (low, high);
    }
}

/// <summary>Numbers beside an axis: as short as its steps allow, the same in every country.</summary>
internal static class TickText
{
    /// <summary>A mark of an axis whose marks are <paramref name="step"/> apart and whose numbers go up to <paramref name="largest"/>.</summary>
    public static string Format(double value, double step, double largest)
    {
        if (Math.Abs(value) < step * 1e-6)
            return "0";
        int stepPower = Power10(step), power = Power10(Math.Abs(value));
        if (largest >= 1e7 || stepPower < -4)
            return Scientific(value, Math.Clamp(power - stepPower, 0, 15));
        return value.ToString("F" + Math.Max(0, -stepPower).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>A digit times a power of ten.</summary>
    public static string Power(double digit, int power) => power is >= -3 and <= 5
        ? (digit * Math.Pow(10, power)).ToString("0.####", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{digit}e{power}");

    /// <summary>A number on its own, to four digits.</summary>
    public static string Short(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    private static string Scientific(double value, int digits)
    {
        string text = value.ToString("E" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        int e = text.IndexOf('E', StringComparison.Ordinal);
        string mantissa = text[..e];
        if (mantissa.Contains('.', StringComparison.Ordinal))
            mantissa = mantissa.TrimEnd('0').TrimEnd('.');
        return $"{mantissa}e{int.Parse(text.AsSpan(e + 1), CultureInfo.InvariantCulture)}";
    }

    private static int Power10(double value) => (int)Math.Floor(Math.Log10(value) + 1e-9);
}
