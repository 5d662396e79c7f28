using System.Globalization;

namespace DataVersion.Serving.Predicting;

/// <summary>Times as RFC 3339 writes them, and with less: without a zone they are UTC, and without a time of day midnight.</summary>
internal static class TimeText
{
    /// <summary>Characters of a time at most.</summary>
    internal const int Longest = 40;

    private static readonly string[] Forms =
        ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd't'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd"];

    /// <summary>Reads a time.</summary>
    /// <param name="text">What it is to be read from.</param>
    /// <param name="seconds">Since 1970, in UTC.</param>
    internal static bool TryParse(ReadOnlySpan<char> text, out double seconds)
    {
        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        bool isTime = text.Length <= Longest & DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, Styles, out DateTimeOffset time);
        seconds = isTime ? (time.UtcTicks - DateTime.UnixEpoch.Ticks) / (double)TimeSpan.TicksPerSecond : 0;
        return isTime;
    }
}
