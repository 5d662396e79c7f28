using LibGit2Sharp;
using LibRepository = LibGit2Sharp.Repository;

namespace DataVersion.Git;

/// <summary>The object database through LibGit2Sharp.</summary>
internal sealed class LibGit2Objects(GitLayout layout) : IGitObjects
{
    private readonly LibRepository _repository = new(layout.WorkTree);

    public void Dispose() => _repository.Dispose();

    public IReadOnlyList<CommitTree> FindCommits(RevisionScope scope)
    {
        var commits = new List<Commit?>();
        if (scope.Revision is { } revision)
            commits.Add(FindCommit(_repository, revision) ?? throw GitRepository.UnknownRevision(revision));
        if (scope.AllBranches)
            commits.AddRange(Tips("refs/heads/").Concat(Tips("refs/remotes/")));
        if (scope.AllTags)
            commits.AddRange(Tips("refs/tags/"));
        if (scope.AllCommits)
            commits.AddRange(History());
        return [.. commits.OfType<Commit>().DistinctBy(commit => commit.Id).Select(commit => new CommitTree(commit.Sha, commit.Tree.Sha))];
    }

    public IEnumerable<GitTreeItem> ReadTree(string id, Func<string, bool> wantsFile)
    {
        Tree tree = _repository.Lookup<Tree>(id) ?? throw Missing(id);
        foreach (TreeEntry entry in tree)
        {
            if (entry.Mode == Mode.Directory)
                yield return new GitTreeItem(entry.Name, true, entry.Target.Sha);
            else if (entry.Mode is Mode.NonExecutableFile or Mode.ExecutableFile or Mode.NonExecutableGroupWritableFile && wantsFile(entry.Name))
                yield return new GitTreeItem(entry.Name, false, entry.Target.Sha);
        }
    }

    public byte[]? ReadBlob(string id, int maxBytes)
    {
        var objectId = new ObjectId(id);
        // The header first: looking a blob up loads all of it.
        GitObjectMetadata metadata = _repository.ObjectDatabase.RetrieveObjectMetadata(objectId) ?? throw Missing(id);
        if (metadata.Size > maxBytes)
            return null;
        Blob blob = _repository.Lookup<Blob>(objectId) ?? throw Missing(id);
        using Stream content = blob.GetContentStream();
        var bytes = new byte[metadata.Size];
        content.ReadExactly(bytes);
        return bytes;
    }

    internal static Commit? FindCommit(LibRepository repository, string revision)
    {
        try
        {
            return revision.Length == 0 ? null : repository.Lookup(revision)?.Peel<Commit>();
        }
        catch (Exception e) when (e is NotFoundException or InvalidSpecificationException or AmbiguousSpecificationException)
        {
            return null;
        }
    }

    private IEnumerable<Commit> History()
    {
        var heads = new GitReferences(layout).AllHeads().Select(id => _repository.Lookup<Commit>(id)).OfType<Commit>();
        List<Commit> tips = [.. Tips("refs/").Concat(heads)];
        return tips.Count == 0 ? [] : _repository.Commits.QueryBy(new CommitFilter { IncludeReachableFrom = tips });
    }

    private IEnumerable<Commit> Tips(string prefix) =>
        _repository.Refs
            .Where(reference => reference.CanonicalName.StartsWith(prefix, StringComparison.Ordinal))
            .Select(reference => FindCommit(_repository, reference.CanonicalName))
            .OfType<Commit>();

    private static NotFoundException Missing(string id) => new($"object {id} is missing");
}
