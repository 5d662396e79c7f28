using System.Text;

namespace DataVersion.Git;

/// <summary>Reads <c>git status --porcelain=v2 -z --no-renames</c> (git-status, "Porcelain Format Version 2").</summary>
internal static class GitStatusText
{
    // Fields in front of the path, each followed by a space.
    private const int OrdinaryFields = 8, RenamedFields = 9, UnmergedFields = 10;

    /// <exception cref="GitException">It is something else.</exception>
    internal static IReadOnlyList<GitChange> Parse(ReadOnlySpan<byte> output)
    {
        var kinds = new SortedDictionary<string, GitChangeKind>(StringComparer.Ordinal);
        string[] entries = Encoding.UTF8.GetString(output).Split('\0');
        for (int i = 0; i < entries.Length; i++)
        {
            string entry = entries[i];
            if (entry.Length == 0 || entry[0] is '#' or '!')
                continue;
            (string path, GitChangeKind kind) = entry[0] switch
            {
                '1' => (PathOf(entry, OrdinaryFields), KindOf(entry)),
                '2' => (PathOf(entry, RenamedFields), GitChangeKind.Added),
                'u' => (PathOf(entry, UnmergedFields), GitChangeKind.Conflicted),
                '?' => (PathOf(entry, 1), GitChangeKind.Untracked),
                _ => throw Unknown(entry),
            };
            // Deleted from the index but still there, it comes twice.
            kinds[path] = kinds.ContainsKey(path) ? GitChangeKind.Modified : kind;
            // A renamed entry is followed by the path that it had.
            if (entry[0] == '2' && ++i < entries.Length)
                kinds[entries[i]] = GitChangeKind.Deleted;
        }
        return [.. kinds.Select(pair => new GitChange(pair.Key, pair.Value))];
    }

    // "1 XY …": X is the index against the commit, Y the work tree against the index.
    private static GitChangeKind KindOf(string entry) => entry.Length < 4 ? throw Unknown(entry)
        : entry[2] == 'A' ? GitChangeKind.Added
        : entry[2] == 'D' || entry[3] == 'D' ? GitChangeKind.Deleted
        : GitChangeKind.Modified;

    private static string PathOf(string entry, int fields)
    {
        int at = -1;
        for (int i = 0; i < fields; i++)
        {
            at = entry.IndexOf(' ', at + 1);
            if (at < 0)
                throw Unknown(entry);
        }
        return at + 1 < entry.Length ? entry[(at + 1)..] : throw Unknown(entry);
    }

    private static GitException Unknown(string entry) => new($"git status says something unknown: '{entry[..Math.Min(entry.Length, 20)]}'");
}
