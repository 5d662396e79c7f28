namespace DataVersion.Operations;

/// <summary>What to compare with the pointers.</summary>
public sealed record StatusRequest
{
    /// <summary>Tracked paths, pointer files or folders; empty for the whole workspace.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Absolute folder that relative paths start from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Ask a remote too whether it has every object.</summary>
    public bool CheckRemote { get; init; }

    /// <summary>Which remote to ask; null for the default one.</summary>
    public string? Remote { get; init; }
}

/// <summary>How the workspace differs from the pointers.</summary>
/// <param name="Clean">True where <paramref name="Entries"/> is empty.</param>
/// <param name="Entries">In the order of their paths.</param>
public sealed record StatusResult(bool Clean, IReadOnlyList<StatusEntry> Entries);

/// <summary>One difference.</summary>
/// <param name="Path">Relative to the workspace's root: a tracked path, or a file inside a tracked folder.</param>
/// <param name="State">What kind of difference.</param>
public sealed record StatusEntry(string Path, PathState State);

/// <summary>The kinds of difference between workspace, base, pointer and stores (docs/format.md, "Base").</summary>
public enum PathState
{
    /// <summary>The data differ from what was last placed or added.</summary>
    Modified,

    /// <summary>Only the pointer moved, as after <c>git pull</c>.</summary>
    Outdated,

    /// <summary>Both the data and the pointer moved.</summary>
    Diverged,

    /// <summary>Was placed or added, and is gone from the workspace.</summary>
    Deleted,

    /// <summary>A file in a tracked folder that its pointer does not know.</summary>
    New,

    /// <summary>Never placed in this workspace.</summary>
    NotPulled,

    /// <summary>Data that lost their pointer.</summary>
    Orphaned,

    /// <summary>The pointer names objects that the local cache lacks, though the data are here.</summary>
    NotInCache,

    /// <summary>The remote that was asked lacks objects of it.</summary>
    NotOnRemote,

    /// <summary>Git left conflict markers in the pointer.</summary>
    Conflict,
}
