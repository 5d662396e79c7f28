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

    /// <summary>Opens the object database.</summary>
    IGitObjects OpenObjects(CancellationToken cancellation);
}

/// <summary>Commits, trees and blobs, read by id.</summary>
internal interface IGitObjects : IDisposable
{
    /// <summary>The commits of a scope with their root trees, each once.</summary>
    /// <exception cref="GitException">The scope's revision names no commit.</exception>
    IReadOnlyList<CommitTree> FindCommits(RevisionScope scope);

    /// <summary>A tree's folders, and those of its regular files whose name is wanted; links and submodules are left out.</summary>
    IEnumerable<GitTreeItem> ReadTree(string id, Func<string, bool> wantsFile);

    /// <summary>A blob's bytes; null where there are more than <paramref name="maxBytes"/>.</summary>
    byte[]? ReadBlob(string id, int maxBytes);
}

/// <summary>A commit and its root tree.</summary>
internal readonly record struct CommitTree(string Commit, string Tree);

/// <summary>A line of a tree: a folder or a regular file.</summary>
internal readonly record struct GitTreeItem(string Name, bool IsFolder, string Id);
