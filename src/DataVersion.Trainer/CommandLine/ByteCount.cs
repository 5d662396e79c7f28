using System.Globalization;

namespace DataVersion.Trainer.CommandLine;

/// <summary>Sizes as people write them: <c>256M</c>, <c>1.5G</c>, in units of 1024.</summary>
internal static class ByteCount
{
    private const string Units = "KMGT";

    internal static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        int unit = text.Length == 0 ? -1 : Units.IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        ReadOnlySpan<char> number = unit < 0 ? text : text.AsSpan(0, text.Length - 1);
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
            return false;
        value *= Math.Pow(1024, unit + 1);
        if (!(value < long.MaxValue))
            return false;
        bytes = (long)value;
        return true;
    }
}
