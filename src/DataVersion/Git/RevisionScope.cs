namespace DataVersion.Git;

/// <summary>Which commits an operation covers. The parts add up; with none of them it is the workspace alone.</summary>
public sealed record RevisionScope
{
    /// <summary>One revision, as Git names it; null for none.</summary>
    public string? Revision { get; init; }

    /// <summary>The tips of all local branches.</summary>
    public bool AllBranches { get; init; }

    /// <summary>All tags.</summary>
    public bool AllTags { get; init; }

    /// <summary>Every commit that a branch or a tag reaches.</summary>
    public bool AllCommits { get; init; }
}
