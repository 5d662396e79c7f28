using DataVersion.Platform;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>
/// A file or folder that a run reads or writes and that no pointer need name: inside the workspace, with the workspace's own memory, or anywhere
/// else (a mounted volume), with a memory that lasts as long as this process.
/// </summary>
internal sealed record DataPlace
{
    /// <summary>The folder that <see cref="Path"/> is relative to: the workspace, or the folder that holds it.</summary>
    public required string Root { get; init; }

    /// <summary>Relative to <see cref="Root"/>, with '/'.</summary>
    public required string Path { get; init; }

    /// <summary>What is remembered of its files.</summary>
    public required FileIndex Index { get; init; }

    /// <summary>What is ignored in it.</summary>
    public required IgnoreRules Rules { get; init; }

    /// <summary>True inside the workspace.</summary>
    public required bool IsInWorkspace { get; init; }

    /// <summary>The place of a path; relative ones start at the workspace's root.</summary>
    /// <exception cref="UsageException">It is the workspace's root, the root of the file system, or not a path.</exception>
    public static DataPlace Of(Repository repository, string path)
    {
        string root = repository.Layout.Root;
        if (path.Length == 0 || path.Contains('\0'))
            throw new UsageException("a path is empty, or holds a NUL");
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path, root));
        string relative = System.IO.Path.GetRelativePath(root, full).Replace(System.IO.Path.DirectorySeparatorChar, '/');
        if (relative == ".")
            throw new UsageException("the repository's root cannot be taken as one output", "name a file or a folder below it");
        if (relative != ".." && !relative.StartsWith("../", StringComparison.Ordinal) && !System.IO.Path.IsPathRooted(relative))
            return new DataPlace { Root = root, Path = relative, Index = repository.Index, Rules = repository.IgnoreRules, IsInWorkspace = true };
        string parent = System.IO.Path.GetDirectoryName(full) ?? throw new UsageException($"'{full}' cannot be taken as one output", "name a file or a folder below it");
        return new DataPlace
        {
            Root = parent,
            Path = System.IO.Path.GetFileName(full),
            Index = FileIndex.Load(System.IO.Path.Combine(repository.Layout.StateDirectory, "no-index")),
            Rules = IgnoreRules.Load(parent),
            IsInWorkspace = false,
        };
    }

    /// <summary>What lies there, not yet resolved; null where nothing does.</summary>
    public WorkspaceNode? List(Repository repository, bool tidy, CancellationToken cancellationToken)
    {
        if (IsInWorkspace)
            return tidy ? repository.ListAndTidyWorkspace(Path, cancellationToken) : repository.ListWorkspace(Path, cancellationToken);
        return FileStat.TryGet(System.IO.Path.Combine(Root, Path)) is null
            ? null
            : WorkspaceWalker.TryList(Root, Path, Rules, p => TrackedOutputs.IsPointer(Root, p), cancellationToken);
    }
}
