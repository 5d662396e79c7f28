namespace DataVersion.Git;

/// <summary>How a path differs from the commit that is checked out.</summary>
public enum GitChangeKind
{
    /// <summary>In the index, and not in the commit.</summary>
    Added,

    /// <summary>Other bytes, another mode, or another type.</summary>
    Modified,

    /// <summary>In the commit, and no more in the index or the work tree.</summary>
    Deleted,

    /// <summary>Neither in the commit nor in the index, and not ignored.</summary>
    Untracked,

    /// <summary>A merge left it in conflict.</summary>
    Conflicted,
}

/// <summary>One path that differs from the commit that is checked out, staged or not.</summary>
/// <param name="Path">Relative to the work tree, with '/'; of an untracked repository inside, the folder with '/' at its end.</param>
/// <param name="Kind">How it differs.</param>
public readonly record struct GitChange(string Path, GitChangeKind Kind);

/// <summary>What differs, as text that can be kept.</summary>
/// <param name="Content">A unified diff; where there is no git program, a list of the changed paths, one a line.</param>
/// <param name="IsWhole">False where it was cut off at the size that was asked for.</param>
public sealed record GitDiff(byte[] Content, bool IsWhole);
