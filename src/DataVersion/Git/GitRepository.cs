namespace DataVersion.Git;

/// <summary>
/// A Git repository with a work tree. Finding it, and asking for HEAD or what Git tracks, reads a few files; other questions go to LibGit2Sharp,
/// and where that refuses the repository, to the git program. Safe for use by several threads.
/// </summary>
public sealed class GitRepository
{
    private readonly GitLayout _layout;
    private readonly GitProgram? _program;
    private readonly GitReferences _references;
    private readonly Lazy<GitFormat> _format;

    private GitRepository(GitLayout layout, GitProgram? program)
    {
        _layout = layout;
        _program = program;
        _references = new GitReferences(layout);
        _format = new Lazy<GitFormat>(() => GitFormat.Read(layout.CommonDirectory));
    }

    /// <summary>The folder that the repository's paths are relative to.</summary>
    public string WorkTree => _layout.WorkTree;

    /// <summary>This worktree's own Git directory: its HEAD and index.</summary>
    public string GitDirectory => _layout.GitDirectory;

    /// <summary>What all worktrees share: objects and branches.</summary>
    public string CommonDirectory => _layout.CommonDirectory;

    /// <summary>The commit that is checked out, as a full id; null before the first commit.</summary>
    public string? Head => _format.Value.HasFileReferences ? _references.Head : TryResolve("HEAD");

    /// <summary>The branch that is checked out, without <c>refs/heads/</c>; null where HEAD is detached.</summary>
    public string? Branch => _format.Value.HasFileReferences ? _references.Branch : Program(_format.Value.Refusal).ReadBranch();

    internal TimeProvider Time { get; init; } = TimeProvider.System;

    internal TimeSpan LockWait { get; init; } = IndexLock.DefaultWait;

    /// <summary>Whether LibGit2Sharp may be used; tests turn it off to have everything done by the program.</summary>
    internal bool UseLibrary { get; init; } = true;

    /// <summary>Finds the repository that a directory lies in; null where there is none. Symbolic links in the path are not resolved.</summary>
    /// <param name="directory">Where to begin; the search goes upwards.</param>
    /// <param name="program">Git's program, for what LibGit2Sharp refuses; null where there is none: such repositories are an error.</param>
    /// <exception cref="GitException">There is a repository, but without a work tree, or its Git directory is gone.</exception>
    public static GitRepository? Discover(string directory, GitProgram? program = null) =>
        GitLayout.Find(directory) is { } layout ? new GitRepository(layout, program) : null;

    /// <summary>Same, for tests.</summary>
    internal static GitRepository Open(string directory, GitProgram? program, bool useLibrary, TimeProvider time, TimeSpan lockWait) =>
        new(GitLayout.Find(directory)!, program) { UseLibrary = useLibrary, Time = time, LockWait = lockWait };

    /// <summary>Those of the paths (relative to <see cref="WorkTree"/>, with '/') that are in Git's index, or have files below them in it.</summary>
    public IReadOnlyList<string> FindTracked(IReadOnlyCollection<string> paths)
    {
        if (paths.Count == 0)
            return [];
        IReadOnlyList<string> tracked = GitIndexFile.TryReadPaths(Path.Combine(GitDirectory, "index"), _format.Value.IdLength)
            ?? Program("its index is split, sparse or damaged").ListIndex();
        var found = new HashSet<string>();
        HashSet<string> asked = [.. paths.Select(path => path.TrimEnd('/'))];
        var lookup = asked.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string path in tracked)
        {
            for (int end = path.IndexOf('/', StringComparison.Ordinal); end >= 0; end = path.IndexOf('/', end + 1))
            {
                if (lookup.TryGetValue(path.AsSpan(0, end), out string? folder))
                    found.Add(folder);
            }
            if (asked.Contains(path))
                found.Add(path);
        }
        return [.. paths.Where(path => found.Contains(path.TrimEnd('/')))];
    }

    /// <summary>
    /// Stages files: adds each (also an ignored one), or removes it from the index where the file is gone. Paths are literal, relative to
    /// <see cref="WorkTree"/>, with '/'. No entry that another process adds meanwhile is lost.
    /// </summary>
    /// <exception cref="LockedException">Another process held Git's index for ten seconds.</exception>
    /// <exception cref="UnsafePathException">A path is a link or folder, or lies behind a link or in another repository.</exception>
    public async Task StageAsync(IReadOnlyCollection<string> paths, CancellationToken cancellation)
    {
        if (paths.Count == 0)
            return;
        StagePaths.Check(WorkTree, paths);
        if (GitIndexFile.HoldsAll(Path.Combine(GitDirectory, "index"), _format.Value.IdLength, WorkTree, paths))
            return;
        string? refusal = _program is not null && GitFilters.MayApply(_layout, paths) ? "its attributes name a filter" : Refusal;
        if (refusal is null)
        {
            try
            {
                await Library().StageAsync(paths, cancellation);
                return;
            }
            catch (Exception e) when (LibGit2Backend.IsRefusal(e))
            {
                refusal = LibGit2Backend.Explain(e);
            }
        }
        await Program(refusal).StageAsync(paths, cancellation);
    }

    /// <summary>The commit that a revision names (<c>HEAD~2</c>, <c>v1.0</c>), as a full id; null where it names none.</summary>
    public string? TryResolve(string revision) => Use(Refusal, git => git.Resolve(revision));

    /// <summary>Those of the paths that Git's ignore rules match, whether tracked or not. A folder ends with '/'.</summary>
    public IReadOnlyList<string> FindIgnored(IReadOnlyCollection<string> paths) => Use(Refusal, git => git.FindIgnored(paths));

    /// <summary>Every distinct (path, content) over the commits of a scope. Links and submodules are left out, and files over a size.</summary>
    /// <param name="scope">Which commits.</param>
    /// <param name="path">Which paths, relative to <see cref="WorkTree"/>, with '/'.</param>
    /// <param name="maxBytes">Larger files are left out.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="GitException">The revision names no commit, or history is not all here.</exception>
    public IReadOnlyList<GitFile> ReadFiles(RevisionScope scope, Func<string, bool> path, int maxBytes, CancellationToken cancellation)
    {
        string? refusal = Refusal ?? (scope.AllCommits && _format.Value.IsShallow ? "its history was cut off (shallow)" : null);
        return Use(refusal, git =>
        {
            using IGitObjects objects = git.OpenObjects(cancellation);
            return new GitHistory(objects, path, maxBytes, cancellation).Collect(objects.FindCommits(scope));
        });
    }

    /// <summary>One file at a revision; null where the commit has no regular file there, or one over <paramref name="maxBytes"/>.</summary>
    /// <exception cref="GitException">The revision names no commit.</exception>
    public byte[]? ReadAt(string revision, string path, int maxBytes, CancellationToken cancellation)
    {
        StagePaths.CheckForm(path);
        return Use(Refusal, git =>
        {
            using IGitObjects objects = git.OpenObjects(cancellation);
            CommitTree commit = objects.FindCommits(new RevisionScope { Revision = revision })[0];
            string? id = objects.FindFile(commit.Tree, path);
            return id is null ? null : objects.ReadBlob(id, maxBytes);
        });
    }

    /// <summary>
    /// Who made the commit that last changed a path (null: who made the commit itself), seen from a commit. Null where this clone does not have the
    /// commit, or there is no git program.
    /// </summary>
    public GitAuthor? TryFindAuthor(string commit, string? path) =>
        _program is null ? null : GitAuthors.TryFind(new ProgramBackend(_program, _layout, _format.Value, Time, LockWait), commit, path);

    /// <summary>Makes another worktree, detached at a commit; this one stays as it is.</summary>
    /// <param name="folder">Absolute; must not exist.</param>
    /// <param name="commit">A full commit id.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="GitException">There is no git program, or it refuses.</exception>
    public void AddWorktree(string folder, string commit, CancellationToken cancellation) =>
        GitWorktrees.Add(Program("a worktree is made by it"), folder, commit, cancellation);

    /// <summary>Removes a worktree that <see cref="AddWorktree"/> made, with everything in it.</summary>
    /// <exception cref="GitException">There is no git program, or it refuses.</exception>
    public void RemoveWorktree(string folder) => GitWorktrees.Remove(Program("a worktree is removed by it"), folder);

    internal static GitException UnknownRevision(string revision) =>
        new($"'{revision}' is not a commit of this Git repository", "see: git log --all --oneline");

    private string? Refusal => UseLibrary ? _format.Value.Refusal : "LibGit2Sharp is turned off";

    private LibGit2Backend Library() => new(_layout, Time, LockWait);

    private ProgramBackend Program(string? because) => _program is not null
        ? new ProgramBackend(_program, _layout, _format.Value, Time, LockWait)
        : throw new GitException($"the Git repository '{WorkTree}' needs the git program, which was not found: {because}",
            "install git, or put it on the PATH");

    private T Use<T>(string? refusal, Func<IGitBackend, T> ask)
    {
        if (refusal is null)
        {
            try
            {
                return ask(Library());
            }
            catch (Exception e) when (LibGit2Backend.IsRefusal(e))
            {
                refusal = LibGit2Backend.Explain(e);
            }
        }
        return ask(Program(refusal));
    }
}
