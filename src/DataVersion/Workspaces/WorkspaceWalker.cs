using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>Walks a workspace: for pointers, or for all that a dataset holds. Links are never followed.</summary>
public static class WorkspaceWalker
{
    /// <summary>
    /// The pointer files that concern some paths of a workspace: those below a folder, the one a path names or belongs to, and the one of the tracked
    /// folder that a path lies in. Not entered: tracked folders, ignored folders, <c>.git</c>, links, and repositories of their own (Git's or ours).
    /// </summary>
    /// <param name="root">The workspace.</param>
    /// <param name="under">Workspace paths, '/' between names; none, or an empty one, for the whole workspace.</param>
    /// <param name="rules">What is ignored. A pointer that <paramref name="under"/> names is found all the same.</param>
    /// <param name="isPointer">Says whether a workspace path that ends in <c>.dv</c> and is a regular file is a pointer.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    /// <returns>Workspace paths, each once, ordered by UTF-8 bytes.</returns>
    /// <exception cref="FileAccessException">A folder cannot be read.</exception>
    public static IReadOnlyList<string> FindPointers(
        string root, IReadOnlyList<string> under, IgnoreRules rules, Func<string, bool> isPointer, CancellationToken cancellationToken) =>
        new PointerSearch(root, rules, isPointer, cancellationToken).Find(under);

    /// <summary>Everything in a dataset that is not ignored, not yet resolved: files, links and folders.</summary>
    /// <param name="root">The workspace.</param>
    /// <param name="dataset">The dataset's workspace path: a folder, a file or a link.</param>
    /// <param name="rules">What is ignored.</param>
    /// <param name="isPointer">As for <see cref="FindPointers"/>: a dataset cannot hold pointers.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    /// <param name="temporary">Receives the paths of files of ours that are being written, or were when a process was killed.</param>
    /// <returns>Null where nothing is there.</returns>
    /// <exception cref="UnsafePathException">Something that cannot be versioned: a bad name, a fifo, a socket, a device, a pointer.</exception>
    /// <exception cref="FileAccessException">A folder cannot be read.</exception>
    public static WorkspaceNode? TryList(
        string root, string dataset, IgnoreRules rules, Func<string, bool> isPointer, CancellationToken cancellationToken,
        ICollection<string>? temporary = null)
    {
        if (FileStat.TryGet(Path.Combine(root, dataset)) is not { } stat)
            return null;
        return stat.Type switch
        {
            FileType.Directory => new DatasetWalk(root, dataset, rules, isPointer, cancellationToken) { Temporary = temporary }.Run(stat),
            FileType.Other => throw new UnsafePathException(PathRules.Printable(dataset), DatasetWalk.NotAFile),
            _ => new WorkspaceNode(WorkspacePath.Name(dataset), stat),
        };
    }
}
