namespace DataVersion.Git;

/// <summary>Which commits an operation covers. The parts add up; with none of them it is the workspace alone.</summary>
public sealed record RevisionScope
{
    /// <summary>One commit, as Git names it (<c>HEAD~2</c>, <c>v1.0</c>, an id); null for none.</summary>
    public string? Revision { get; init; }

    /// <summary>The tips of all branches, local and remote-tracking.</summary>
    public bool AllBranches { get; init; }

    /// <summary>The commits that tags point at.</summary>
    public bool AllTags { get; init; }

    /// <summary>Every commit that any reference, or the HEAD of a worktree, reaches.</summary>
    public bool AllCommits { get; init; }
}
