namespace DataVersion.Cli.CommandLine;

/// <summary>What the user may have meant.</summary>
internal static class Suggestions
{
    /// <summary>The candidate nearest to <paramref name="typed"/>, or null where none is near.</summary>
    internal static string? Nearest(string typed, IEnumerable<string> candidates) => candidates
        .Select(c => (Candidate: c, Distance: Distance(typed, c)))
        .Where(c => c.Distance <= Math.Max(Letters(typed), Letters(c.Candidate)) / 3)
        .OrderBy(c => c.Distance).ThenBy(c => c.Candidate, StringComparer.Ordinal)
        .FirstOrDefault().Candidate;

    private static int Letters(string word) => word.AsSpan().TrimStart('-').Length;

    /// <summary>Edits between two words: letters put in, left out, replaced, or two neighbours swapped.</summary>
    internal static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
