using System.Text;

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
    private readonly Lazy<GitProgram?> _asker;

    private GitRepository(GitLayout layout, GitProgram? program)
    {
        _layout = layout;
        _program = program;
        _references = new GitReferences(layout);
        _format = new Lazy<GitFormat>(() => GitFormat.Read(layout.CommonDirectory));
        _asker = new Lazy<GitProgram?>(FindAsker);
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

    /// <summary>Whether history was cut off by a clone or fetch with a depth.</summary>
    public bool IsShallow => _format.Value.IsShallow;

    /// <summary>The URL of the remote <c>origin</c> without credentials; null where there is none.</summary>
    /// <exception cref="FileAccessException">The repository's configuration cannot be read.</exception>
    public string? OriginUrl => GitOrigin.ReadUrl(CommonDirectory) is { } url ? GitUrl.WithoutCredentials(url) : null;

    /// <summary>Whether questions are answered whoever owns the repository.</summary>
    internal bool AnyOwner { get; init; }

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

    /// <summary>Opens a repository without a work tree, as <see cref="GitFetcher"/> makes them.</summary>
    /// <exception cref="GitException">There is none in that folder.</exception>
    public static GitRepository OpenBare(string folder, GitProgram? program) => GitLayout.TryOpen(folder, folder) is { } layout
        ? new GitRepository(layout, program?.With("GIT_DIR", folder))
        : throw new GitException($"'{folder}' is not a Git repository");

    /// <summary>
    /// The same repository for questions alone, answered even where another user owns it, which is common in containers and which git and
    /// libgit2 refuse. What its configuration could have git run is then switched off.
    /// </summary>
    public GitRepository ForReading() => new(_layout, _program) { AnyOwner = true, UseLibrary = UseLibrary, Time = Time, LockWait = LockWait };

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
        if (AnyOwner)
            throw new InvalidOperationException("this repository was opened for reading");
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

    /// <summary>
    /// What differs from <see cref="Head"/>, staged or not, and what is untracked; in the order of paths. Ignored files are left out. In a repository of
    /// another user, what changed inside a submodule may not be seen.
    /// </summary>
    public IReadOnlyList<GitChange> FindChanges(CancellationToken cancellation)
    {
        IReadOnlyList<GitChange> changes = Use(Refusal, git => git.FindChanges(cancellation));
        // libgit2 runs no filters: a file of Git LFS that was only touched would count as changed.
        bool doubtful = Refusal is null && _program is not null && changes.Count > 0 && GitFilters.MayApply(_layout, changes.Select(change => change.Path));
        return doubtful ? Program("its attributes name a filter").FindChanges(cancellation) : changes;
    }

    /// <summary>
    /// The unified diff of the tracked files against <see cref="Head"/>; binary ones are only named. Where there is no git program, the list of
    /// changed paths. Before the first commit it is empty.
    /// </summary>
    /// <param name="excluded">Paths, relative to <see cref="WorkTree"/>, that are left out with what lies below them.</param>
    /// <param name="maxBytes">Where it is larger, it is cut off there.</param>
    /// <param name="cancellation">Ends it.</param>
    public GitDiff DiffHead(IReadOnlyCollection<string> excluded, int maxBytes, CancellationToken cancellation)
    {
        if (Head is null)
            return new GitDiff([], IsWhole: true);
        if (_program is not null)
            return Program(null).DiffHead(excluded, maxBytes, cancellation);
        IEnumerable<string> lines = FindChanges(cancellation)
            .Where(change => !excluded.Any(path => change.Path == path || change.Path.StartsWith(path + "/", StringComparison.Ordinal)))
            .Select(change => $"{change.Kind.ToString().ToLowerInvariant()} {change.Path}\n");
        byte[] list = Encoding.UTF8.GetBytes(string.Concat(lines));
        return new GitDiff(list.Length > maxBytes ? list[..maxBytes] : list, list.Length <= maxBytes);
    }

    /// <summary>The tags, without <c>refs/tags/</c>, that lead to a commit; in the order of their names.</summary>
    /// <param name="commit">A full id.</param>
    public IReadOnlyList<string> FindTags(string commit) => GitReferences.IsObjectId(commit)
        ? Use(Refusal, git => git.FindTags(commit))
        : throw new ArgumentException("not a full commit id", nameof(commit));

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

    /// <summary>The paths that a diff changes, relative to <see cref="WorkTree"/>; null where it is no whole diff, or only names what is binary.</summary>
    /// <exception cref="GitException">There is no git program.</exception>
    public IReadOnlyList<string>? TryListDiff(ReadOnlyMemory<byte> diff, CancellationToken cancellation) =>
        GitWorktrees.TryListDiff(Program("a diff is read by it"), diff, cancellation);

    /// <summary>Changes the files of the work tree as a diff says; nothing is staged. All of it or nothing.</summary>
    /// <exception cref="GitException">There is no git program, or the diff does not fit.</exception>
    public void ApplyDiff(ReadOnlyMemory<byte> diff, CancellationToken cancellation) =>
        GitWorktrees.ApplyDiff(Program("a diff is applied by it"), diff, cancellation);

    internal static GitException UnknownRevision(string revision) =>
        new($"'{revision}' is not a commit of this Git repository", "see: git log --all --oneline");

    private string? Refusal => UseLibrary ? _format.Value.Refusal : "LibGit2Sharp is turned off";

    private LibGit2Backend Library() => new(_layout, Time, LockWait, AnyOwner);

    private GitProgram? FindAsker()
    {
        if (!AnyOwner || _program is null)
            return _program;
        // The user may have said that he trusts it: then it is read as his own.
        GitResult probe = _program.Run(WorkTree, ["rev-parse", "--git-dir"], default, CancellationToken.None);
        return probe.ExitCode != 0 && probe.Error.Contains("dubious ownership", StringComparison.Ordinal) ? _program.ForForeign(_layout) : _program;
    }

    private ProgramBackend Program(string? because) => _asker.Value is { } program
        ? new ProgramBackend(program, _layout, _format.Value, Time, LockWait)
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
