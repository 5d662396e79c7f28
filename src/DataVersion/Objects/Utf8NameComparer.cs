namespace DataVersion.Objects;

/// <summary>
/// Orders names by their UTF-8 bytes, which is the order of code points. Ordinal comparison of UTF-16 is another order:
/// it puts U+1F600 (a surrogate pair) before U+FF01.
/// </summary>
public sealed class Utf8NameComparer : IComparer<string>
{
    private Utf8NameComparer()
    {
    }

    /// <summary>The only instance.</summary>
    public static Utf8NameComparer Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
            return x is null ? (y is null ? 0 : -1) : 1;
        return Compare(x.AsSpan(), y.AsSpan());
    }

    /// <summary>Negative, zero or positive as <paramref name="x"/> comes before, with or after <paramref name="y"/>.</summary>
    public static int Compare(ReadOnlySpan<char> x, ReadOnlySpan<char> y)
    {
        int same = x.CommonPrefixLength(y);
        if (same == x.Length || same == y.Length)
            return x.Length - y.Length;
        return Rank(x[same]) - Rank(y[same]);
    }

    /// <summary>Moves the surrogates, which stand for the highest code points, above U+E000 to U+FFFF.</summary>
    private static int Rank(char c) => c < 0xD800 ? c : c < 0xE000 ? c + 0x2000 : c - 0x800;
}
