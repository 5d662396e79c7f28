using System.Text;

namespace DataVersion.Git;

/// <summary>The object database through one <c>git cat-file --batch</c>; trees are parsed here.</summary>
internal sealed class ProgramObjects(
    GitProgram program, GitLayout layout, GitFormat format, ProgramBackend backend, CancellationToken cancellation) : IGitObjects
{
    private const int MaxTreeBytes = 1 << 30;
    private GitObjectPipe? _pipe;

    private GitObjectPipe Pipe => _pipe ??= new GitObjectPipe(program, layout, cancellation);

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

    public IEnumerable<GitTreeItem> ReadTree(string id, Func<string, bool> wantsFile)
    {
        byte[] tree = Pipe.Read(id, MaxTreeBytes) ?? throw new GitException($"the Git tree {id} is too large");
        return ParseTree(tree, wantsFile);
    }

    public byte[]? ReadBlob(string id, int maxBytes) => Pipe.Read(id, maxBytes);

    // Each line: mode in octal, space, name, NUL, the id's bytes.
    private List<GitTreeItem> ParseTree(ReadOnlySpan<byte> tree, Func<string, bool> wantsFile)
    {
        var items = new List<GitTreeItem>();
        while (tree.Length > 0)
        {
            int space = tree.IndexOf((byte)' ');
            int zero = tree.IndexOf((byte)0);
            ReadOnlySpan<byte> mode = tree[..space];
            bool isFolder = mode.SequenceEqual("40000"u8);
            if (isFolder || mode.StartsWith("100"u8))
            {
                string name = Encoding.UTF8.GetString(tree[(space + 1)..zero]);
                if (isFolder || wantsFile(name))
                    items.Add(new GitTreeItem(name, isFolder, Convert.ToHexStringLower(tree.Slice(zero + 1, format.IdLength))));
            }
            tree = tree[(zero + 1 + format.IdLength)..];
        }
        return items;
    }

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
