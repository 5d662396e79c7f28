using System.Globalization;

namespace DataVersion.Cli.Reporting;

/// <summary>Numbers as people read them.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary><c>512 B</c>, <c>12.3 MiB</c>.</summary>
    internal static string Bytes(long bytes)
    {
        double value = bytes;
        int unit = 0;
        // 1023.95 would be shown as 1024.0.
        while (Math.Abs(value) >= 1023.95 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }
        return unit == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B")
            : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {Units[unit]}");
    }

    /// <summary>Reads <c>500K</c>, <c>10M</c>, <c>1.5G</c> (units of 1024, with or without <c>iB</c> or <c>B</c>) and plain bytes.</summary>
    internal static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        string number = text.EndsWith("iB", StringComparison.OrdinalIgnoreCase) ? text[..^2] : text.EndsWith('B') || text.EndsWith('b') ? text[..^1] : text;
        int power = number.Length == 0 ? -1 : "KMGT".IndexOf(char.ToUpperInvariant(number[^1]), StringComparison.Ordinal);
        if (power >= 0)
            number = number[..^1];
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
            return false;
        value *= Math.Pow(1024, power + 1);
        bytes = value < long.MaxValue ? (long)value : 0;
        return bytes > 0;
    }

    /// <summary><c>1,234</c>.</summary>
    internal static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary><c>1 object</c>, <c>2,001 objects</c>.</summary>
    internal static string Count(long number, string noun) => $"{Count(number)} {noun}{(number == 1 ? "" : "s")}";

    /// <summary><c>0:07</c>, <c>12:05</c>, <c>1:02:05</c>.</summary>
    internal static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");

    /// <summary>An object id short enough for a line: <c>sha256:9f86d081</c>.</summary>
    internal static string ShortId(string id)
    {
        int colon = id.IndexOf(':', StringComparison.Ordinal);
        return id.Length <= colon + 9 ? id : id[..(colon + 9)];
    }
}
