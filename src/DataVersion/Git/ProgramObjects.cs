using System.Text;

namespace DataVersion.Git;

/// <summary>The object database through one <c>git cat-file --batch</c>.</summary>
internal sealed class ProgramObjects(
    GitProgram program, GitLayout layout, GitFormat format, ProgramBackend backend, CancellationToken cancellation) : IGitObjects
{
    private GitObjectPipe? _pipe;
    private GitTreeDiffer? _differ;

    private GitObjectPipe Pipe => _pipe ??= new GitObjectPipe(program, layout, cancellation);

    private GitTreeDiffer Differ => _differ ??= new GitTreeDiffer(Pipe, format.IdLength);

    public void Dispose() => _pipe?.Dispose();

    public IReadOnlyList<CommitTree> FindCommits(RevisionScope scope)
    {
        var commits = new List<CommitTree>();
        if (scope.Revision is { } revision)
            commits.AddRange(RevList(["--no-walk", backend.Resolve(revision) ?? throw GitRepository.UnknownRevision(revision)]));
        if (scope.AllBranches)
            commits.AddRange(RevList(["--no-walk", "--branches", "--remotes"]));
        if (scope.AllTags)
            commits.AddRange(RevList(["--no-walk", "--tags"]));
        if (scope.AllCommits)
            commits.AddRange(RevList(["--all"]));
        return [.. commits.Distinct()];
    }

    public IEnumerable<GitTreeFile> FindFiles(string tree, string? knownTree, Func<string, bool> wants) => Differ.Compare(tree, knownTree, "", wants);

    public string? FindFile(string tree, string path) => Differ.Find(tree, path);

    public byte[]? ReadBlob(string id, int maxBytes) => Pipe.Read(id, maxBytes);

    // rev-list says "commit ID", then the format's line.
    private IEnumerable<CommitTree> RevList(IEnumerable<string> arguments)
    {
        GitResult result = backend.Run(["rev-list", "--format=%T", .. arguments], default, cancellation);
        if (result.ExitCode != 0)
            throw backend.Failure("rev-list", result);
        return Encoding.ASCII.GetString(result.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries).Chunk(2)
            .Select(lines => new CommitTree(lines[0]["commit ".Length..], lines[1]));
    }
}
