using System.Buffers;

namespace DataVersion.Tracking.Metrics;

/// <summary>
/// The words for numbers that JSON does not have. Python's <c>json</c> writes NaN, Infinity and -Infinity bare; MLflow and other tools as strings.
/// </summary>
internal static class JsonNumberWords
{
    private static readonly SearchValues<byte> Starts = SearchValues.Create("NI"u8);

    /// <summary>The number that a word means: NaN, inf or infinity with or without sign, in any case.</summary>
    public static bool TryParse(string word, out double value)
    {
        ReadOnlySpan<char> bare = word.AsSpan(word.StartsWith('-') || word.StartsWith('+') ? 1 : 0);
        bool isNegative = word.StartsWith('-');
        if (bare.Equals("nan", StringComparison.OrdinalIgnoreCase))
            value = double.NaN;
        else if (bare.Equals("inf", StringComparison.OrdinalIgnoreCase) || bare.Equals("infinity", StringComparison.OrdinalIgnoreCase))
            value = isNegative ? double.NegativeInfinity : double.PositiveInfinity;
        else
            value = 0;
        return !double.IsFinite(value);
    }

    /// <summary>The same JSON with bare words in quotes; the very same bytes where there are none.</summary>
    public static ReadOnlyMemory<byte> Quote(ReadOnlyMemory<byte> json)
    {
        if (!json.Span.ContainsAny(Starts))
            return json;
        ReadOnlySpan<byte> from = json.Span;
        var to = new ArrayBufferWriter<byte>(from.Length + 32);
        bool isInString = false;
        for (int i = 0; i < from.Length;)
        {
            int length = isInString ? 0 : WordLength(from[i..]);
            if (length > 0)
            {
                to.Write("\""u8);
                to.Write(from.Slice(i, length));
                to.Write("\""u8);
                i += length;
                continue;
            }
            if (from[i] == '"')
                isInString = !isInString;
            int taken = isInString && from[i] == '\\' && i + 1 < from.Length ? 2 : 1;
            to.Write(from.Slice(i, taken));
            i += taken;
        }
        return to.WrittenMemory;
    }

    private static int WordLength(ReadOnlySpan<byte> at) =>
        at.StartsWith("NaN"u8) ? 3 : at.StartsWith("Infinity"u8) ? 8 : at.StartsWith("-Infinity"u8) ? 9 : 0;
}
