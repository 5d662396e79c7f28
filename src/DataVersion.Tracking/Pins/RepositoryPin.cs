using DataVersion.Git;

namespace DataVersion.Tracking.Pins;

/// <summary>The Git repository at hand, as far as a pin needs it.</summary>
internal sealed class RepositoryPin
{
    private readonly PinRequest _request;

    private RepositoryPin(PinRequest request, GitRepository git, string head)
    {
        _request = request;
        Git = git;
        Head = head;
    }

    internal GitRepository Git { get; }

    internal string Head { get; }

    /// <summary>Finds it; null where there is none, or it has no commit yet.</summary>
    /// <exception cref="GitException">It is broken.</exception>
    internal static RepositoryPin? Find(PinRequest request) =>
        GitRepository.Discover(request.Root ?? request.WorkingDirectory, request.Git)?.ForReading() is { } git && git.Head is { } head
            ? new RepositoryPin(request, git, head)
            : null;

    /// <summary>The folder of the workspace below Git's work tree; null where there is no workspace.</summary>
    internal string? Place => _request.Root is { } root ? ToGitPath(root) : null;

    /// <summary>What is checked out, with the pointers of another commit where that is asked for.</summary>
    internal Pin Read(string? dataCommit, IReadOnlyList<string> pinFiles, CancellationToken cancellationToken)
    {
        var state = new WorkTreeState(Git, GitPaths(_request.Outputs), GitPaths(pinFiles));
        (IReadOnlyList<GitChange> code, IReadOnlyList<GitChange> data) = state.Look(cancellationToken);
        GitDiff? diff = code.Count == 0 ? null : state.Diff(data, cancellationToken);
        var pointers = new CommitPointers(Git, dataCommit ?? Head, cancellationToken);
        IReadOnlyList<PinnedItem> items = pointers.Read(Place ?? pointers.FindRoot(null));
        return new Pin
        {
            Source = dataCommit is null ? PinSource.Repository : PinSource.Revision,
            CodeCommit = Head,
            CodeBranch = Git.Branch,
            CodeTags = Git.FindTags(Head),
            CodeRepository = Git.OriginUrl,
            DataCommit = dataCommit ?? Head,
            DataRepository = Git.OriginUrl,
            Dirty = code.Count > 0,
            Changes = code,
            DataChanges = data,
            Diff = diff?.Content,
            IsDiffWhole = diff?.IsWhole ?? true,
            Items = items,
            Remotes = PinnedRemote.Of(_request.Remotes, _request.DefaultRemote, items),
        };
    }

    private List<string> GitPaths(IReadOnlyList<string> paths) => [.. paths.Select(ToGitPath).OfType<string>()];

    // Null where it lies outside.
    private string? ToGitPath(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, _request.WorkingDirectory));
        string relative = Path.GetRelativePath(Git.WorkTree, full).Replace(Path.DirectorySeparatorChar, '/');
        return relative == "." ? "" : relative == ".." || relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? null : relative;
    }
}
