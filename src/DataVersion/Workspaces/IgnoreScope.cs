namespace DataVersion.Workspaces;

/// <summary>What applies to the entries of one directory: its own patterns, then those of the directories around it.</summary>
/// <param name="outer">The next scope outwards; null at the root.</param>
/// <param name="baseLength">Where paths relative to the patterns' folder begin in a workspace path, in bytes.</param>
/// <param name="patterns">In the order of the file; the last one that matches decides.</param>
sealed class IgnoreScope(IgnoreScope? outer, int baseLength, IgnorePattern[] patterns)
{
    /// <summary>The scope of whatever lies in an ignored directory.</summary>
    public static IgnoreScope Ignored { get; } = new(null, 0, []);

    /// <summary>Where nothing is ignored.</summary>
    public static IgnoreScope Empty { get; } = new(null, 0, []);

    /// <summary>True where there is no pattern at all.</summary>
    public bool IsEmpty => ReferenceEquals(this, Empty);

    /// <summary>The scope inside a directory that brings these patterns.</summary>
    public IgnoreScope With(IgnorePattern[] own, int ownBaseLength) => own.Length == 0 ? this : new IgnoreScope(this, ownBaseLength, own);

    /// <summary>Whether a pattern excludes a workspace path (UTF-8, '/' between names) whose last name begins at <paramref name="nameStart"/>.</summary>
    public bool Excludes(ReadOnlySpan<byte> path, int nameStart, bool isDirectory)
    {
        if (ReferenceEquals(this, Ignored))
            return true;
        for (IgnoreScope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope.Find(path, nameStart, isDirectory) is { } pattern)
                return !pattern.IsNegated;
        }
        return false;
    }

    private IgnoreScope? Outer { get; } = outer;

    private IgnorePattern? Find(ReadOnlySpan<byte> path, int nameStart, bool isDirectory)
    {
        for (int i = patterns.Length - 1; i >= 0; i--)
        {
            if (patterns[i].Matches(path[baseLength..], nameStart - baseLength, isDirectory))
                return patterns[i];
        }
        return null;
    }
}
