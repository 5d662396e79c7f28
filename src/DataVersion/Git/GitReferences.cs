using System.Buffers;

namespace DataVersion.Git;

/// <summary>Reads references from their files, which costs no process and no library.</summary>
internal sealed class GitReferences(GitLayout layout)
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");
    private const int MaxDepth = 5;
    private const string SymbolicPrefix = "ref:";
    private const string Heads = "refs/heads/";

    /// <summary>The branch that HEAD names, also one without commits; null where HEAD is detached.</summary>
    internal string? Branch
    {
        get
        {
            string? target = SymbolicTarget(ReadLine(Path.Combine(layout.GitDirectory, "HEAD")));
            return target is not null && target.StartsWith(Heads, StringComparison.Ordinal) ? target[Heads.Length..] : target;
        }
    }

    /// <summary>The commit that this worktree's HEAD names; null before the first commit.</summary>
    internal string? Head => Follow(Path.Combine(layout.GitDirectory, "HEAD"), MaxDepth);

    /// <summary>The HEADs of all worktrees that have one.</summary>
    internal IEnumerable<string> AllHeads()
    {
        IEnumerable<string> directories = [layout.GitDirectory, layout.CommonDirectory];
        string worktrees = Path.Combine(layout.CommonDirectory, "worktrees");
        if (Directory.Exists(worktrees))
            directories = directories.Concat(Directory.EnumerateDirectories(worktrees));
        return directories.Distinct().Select(directory => Follow(Path.Combine(directory, "HEAD"), MaxDepth)).OfType<string>().Distinct();
    }

    /// <summary>Whether a text is a full object id, SHA-1 or SHA-256.</summary>
    internal static bool IsObjectId(ReadOnlySpan<char> text) => text.Length is 40 or 64 && !text.ContainsAnyExcept(HexDigits);

    private string? Follow(string file, int depth)
    {
        string? line = ReadLine(file);
        if (line is null || depth == 0)
            return null;
        if (SymbolicTarget(line) is not { } name)
            return IsObjectId(line) ? line : null;
        // A name comes from a file that anyone may have packed: it must stay below the Git directory.
        if (!name.StartsWith("refs/", StringComparison.Ordinal) || name.Split('/').Any(part => part is "" or "." or ".."))
            return null;
        return Follow(Path.Combine(DirectoryOf(name), name), depth - 1) ?? FindPacked(name);
    }

    // These few belong to one worktree; all others are shared.
    private string DirectoryOf(string name) =>
        name.StartsWith("refs/bisect/", StringComparison.Ordinal) || name.StartsWith("refs/worktree/", StringComparison.Ordinal)
            || name.StartsWith("refs/rewritten/", StringComparison.Ordinal)
            ? layout.GitDirectory
            : layout.CommonDirectory;

    private string? FindPacked(string name)
    {
        string file = Path.Combine(layout.CommonDirectory, "packed-refs");
        if (!File.Exists(file))
            return null;
        foreach (string line in File.ReadLines(file))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && line.AsSpan(space + 1).SequenceEqual(name) && IsObjectId(line.AsSpan(0, space)))
                return line[..space];
        }
        return null;
    }

    private static string? SymbolicTarget(string? line) =>
        line is not null && line.StartsWith(SymbolicPrefix, StringComparison.Ordinal) ? line[SymbolicPrefix.Length..].Trim() : null;

    private static string? ReadLine(string file)
    {
        try
        {
            using var reader = new StreamReader(file);
            return reader.ReadLine()?.TrimEnd();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            // A directory of that name (a branch 'a' beside 'a/b') reads as unauthorized.
            return null;
        }
    }
}
