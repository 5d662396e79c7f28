namespace DataVersion.Operations;

/// <summary>What to track, or to track again after it changed.</summary>
public sealed record AddRequest
{
    /// <summary>Files, folders or globs, relative to <see cref="WorkingDirectory"/> or absolute. A path inside a tracked folder updates that folder.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Absolute folder that relative paths start from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Add also what is outdated or diverged: the workspace's version wins over the pointer's.</summary>
    public bool Force { get; init; }

    /// <summary>Where the base is lost: count files that are not there as deleted.</summary>
    public bool DeleteMissing { get; init; }

    /// <summary>Read everything again, and use the algorithm that the configuration names rather than the dataset's own.</summary>
    public bool Rehash { get; init; }

    /// <summary>Take what symbolic links point to instead of the links.</summary>
    public bool Dereference { get; init; }

    /// <summary>Whether to stage pointers and ignore files in Git; null as <c>core.autostage</c> says.</summary>
    public bool? Stage { get; init; }

    /// <summary>Text for the pointer's <c>description:</c>; null leaves it as it is.</summary>
    public string? Description { get; init; }
}

/// <summary>What <c>add</c> did.</summary>
/// <param name="Added">One for each pointer that stands for what was asked, changed or not.</param>
/// <param name="Failed">Paths that were left as they were.</param>
public sealed record AddResult(IReadOnlyList<AddedItem> Added, IReadOnlyList<FailedItem> Failed)
{
    /// <summary>True where Git's index has the pointers, false where staging was left to the user, null where there is no Git.</summary>
    public bool? Staged { get; init; }
}

/// <summary>A tracked path and its pointer.</summary>
/// <param name="Path">The data, relative to the workspace's root.</param>
/// <param name="Pointer">The pointer file, relative to the workspace's root.</param>
/// <param name="Hash">The object id that the pointer now names.</param>
/// <param name="Size">Bytes of all files.</param>
/// <param name="Files">Number of files; 1 for a file.</param>
/// <param name="Changed">False where the pointer said so already.</param>
public sealed record AddedItem(string Path, string Pointer, string Hash, long Size, long Files, bool Changed);
