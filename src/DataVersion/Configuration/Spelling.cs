namespace DataVersion.Configuration;

/// <summary>Finds what somebody meant to type.</summary>
internal static class Spelling
{
    // Long enough for any key; what is longer is compared by its beginning, so that a hostile file costs nothing.
    private const int MaxLength = 64;

    /// <summary>The candidate that needs the fewest edits (insert, delete, replace, swap neighbours).</summary>
    public static string Nearest(string text, IEnumerable<string> candidates) => candidates.MinBy(c => Distance(text, c))!;

    public static int Distance(string left, string right)
    {
        ReadOnlySpan<char> a = left.AsSpan(0, Math.Min(left.Length, MaxLength));
        ReadOnlySpan<char> b = right.AsSpan(0, Math.Min(right.Length, MaxLength));
        int[][] rows = [new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]];
        for (int j = 0; j <= b.Length; j++)
            rows[0][j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            (int[] row, int[] above, int[] twoAbove) = (rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3]);
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], above[j]) + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], twoAbove[j - 2] + 1);
            }
        }
        return rows[a.Length % 3][b.Length];
    }
}
