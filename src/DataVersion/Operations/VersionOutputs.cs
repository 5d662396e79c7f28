using DataVersion.Git;
using DataVersion.Objects;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>The pointers of the workspace, or of a revision.</summary>
internal static class VersionOutputs
{
    /// <summary>All of them.</summary>
    /// <param name="repository">Whose.</param>
    /// <param name="revision">A commit as Git names it; null for the workspace.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitException">The revision names no commit.</exception>
    /// <exception cref="InvalidFormatException">A pointer is malformed.</exception>
    public static TrackedOutputs Load(Repository repository, string? revision, CancellationToken cancellationToken) => revision is null
        ? repository.LoadOutputs(cancellationToken)
        : LoadAt(repository, revision, static _ => true, cancellationToken);

    /// <summary>The one that a path is, or lies in, and where.</summary>
    /// <param name="repository">Whose.</param>
    /// <param name="revision">A commit as Git names it; null for the workspace.</param>
    /// <param name="path">As typed, and the folder that it starts from.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="UsageException">Nothing is tracked there, or it is a folder that holds pointers.</exception>
    public static Target Find(Repository repository, string? revision, (string Path, string WorkingDirectory) path, CancellationToken cancellationToken)
    {
        string root = repository.Layout.Root;
        string asked = WorkspacePath.Relative(root, path.WorkingDirectory, path.Path);
        TrackedOutputs outputs = revision is null
            ? TrackedOutputs.Load(root, repository.IgnoreRules, asked, cancellationToken)
            : LoadAt(repository, revision, pointer => IsNear(asked, pointer), cancellationToken);
        IReadOnlyList<Target> found = outputs.Resolve(root, path.WorkingDirectory, [path.Path]);
        return found is [var target] && (target.Inside.Length > 0 || target.Output.Path == asked || target.Output.PointerPath == asked) ? target : throw IsFolder(path.Path);
    }

    /// <summary>What is said of a folder where a file is wanted.</summary>
    public static UsageException IsFolder(string path) =>
        new($"'{PathRules.Printable(path)}' is a folder", $"see what is in it with: dv ls {PathRules.Printable(path)}");

    // The pointer itself, that of a folder around the path, or one below it.
    private static bool IsNear(string asked, string pointer) =>
        pointer == asked || WorkspacePath.IsWithin(asked, pointer[..^Pointer.Suffix.Length]) || WorkspacePath.IsWithin(pointer, asked);

    private static TrackedOutputs LoadAt(Repository repository, string revision, Func<string, bool> wanted, CancellationToken cancellationToken)
    {
        GitRepository git = repository.Layout.Git ?? throw new UsageException("revisions need a Git repository, and there is none here");
        var outputs = new List<TrackedOutput>();
        foreach (GitFile file in git.ReadFiles(new RevisionScope { Revision = revision }, IsWanted, Pointer.MaxBytes, cancellationToken))
        {
            if (!PointerDocument.LooksLikePointer(file.Content))
                continue;
            string path = repository.FromGitPath(file.Path)!;
            // As Git names a file of a commit.
            Pointer pointer = PointerDocument.Parse(file.Content, $"{revision}:{path}").Pointer;
            outputs.Add(new TrackedOutput(path[..^Pointer.Suffix.Length], path, pointer));
        }
        return TrackedOutputs.At(outputs, revision);

        bool IsWanted(string gitPath) => PointerSearch.IsPointerName(Path.GetFileName(gitPath.AsSpan())) && repository.FromGitPath(gitPath) is { } path && wanted(path);
    }
}
