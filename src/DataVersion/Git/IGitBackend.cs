namespace DataVersion.Git;

/// <summary>What needs Git itself. Two implementations: LibGit2Sharp in this process, and the git program.</summary>
internal interface IGitBackend
{
    /// <summary>The commit that a revision names, as a full id; null where it names none.</summary>
    string? Resolve(string revision);

    /// <summary>Those of the paths that an ignore rule matches, whether they are tracked or not.</summary>
    IReadOnlyList<string> FindIgnored(IReadOnlyCollection<string> paths);

    /// <summary>Adds paths to the index, or removes those whose file is gone. The paths were checked (<see cref="StagePaths"/>).</summary>
    Task StageAsync(IReadOnlyCollection<string> paths, CancellationToken cancellation);

    /// <summary>What differs from HEAD, in the index or the work tree, without what is ignored; by path.</summary>
    IReadOnlyList<GitChange> FindChanges(CancellationToken cancellation);

    /// <summary>The tags, without <c>refs/tags/</c>, that lead to a commit; in the order of their names.</summary>
    IReadOnlyList<string> FindTags(string commit);

    /// <summary>Opens the object database.</summary>
    IGitObjects OpenObjects(CancellationToken cancellation);
}

/// <summary>Commits, trees and blobs, read by id.</summary>
internal interface IGitObjects : IDisposable
{
    /// <summary>The commits of a scope with their root trees, each once.</summary>
    /// <exception cref="GitException">The scope's revision names no commit.</exception>
    IReadOnlyList<CommitTree> FindCommits(RevisionScope scope);

    /// <summary>
    /// The regular files anywhere below a tree whose path is wanted, without links and submodules. Where another tree is known already, what it
    /// has alike at the same path may be left out: then the cost follows what differs.
    /// </summary>
    IEnumerable<GitTreeFile> FindFiles(string tree, string? knownTree, Func<string, bool> wants);

    /// <summary>The blob of the regular file at a path below a tree; null where there is none.</summary>
    string? FindFile(string tree, string path);

    /// <summary>A blob's bytes; null where there are more than <paramref name="maxBytes"/>.</summary>
    byte[]? ReadBlob(string id, int maxBytes);
}

/// <summary>A commit and its root tree.</summary>
internal readonly record struct CommitTree(string Commit, string Tree);

/// <summary>A regular file below a tree, and its blob's id.</summary>
internal readonly record struct GitTreeFile(string Path, string Blob);
