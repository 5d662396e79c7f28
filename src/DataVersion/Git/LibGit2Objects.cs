using LibGit2Sharp;
using LibRepository = LibGit2Sharp.Repository;

namespace DataVersion.Git;

/// <summary>The object database through LibGit2Sharp.</summary>
internal sealed class LibGit2Objects(GitLayout layout, GitShadow opened) : IGitObjects
{
    private readonly LibRepository _repository = opened.Repository;

    public void Dispose() => opened.Dispose();

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

    public IEnumerable<GitTreeFile> FindFiles(string tree, string? knownTree, Func<string, bool> wants)
    {
        Tree root = LookUp(tree);
        return knownTree is null ? Walk(root, "", wants) : Compare(LookUp(knownTree), root, wants);
    }

    public string? FindFile(string tree, string path) => LookUp(tree)[path] is { } entry && IsFile(entry.Mode) ? entry.Target.Sha : null;

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

    private static IEnumerable<GitTreeFile> Walk(Tree tree, string prefix, Func<string, bool> wants)
    {
        foreach (TreeEntry entry in tree)
        {
            string path = prefix + entry.Name;
            if (IsFile(entry.Mode) && wants(path))
                yield return new GitTreeFile(path, entry.Target.Sha);
            if (entry.Mode != Mode.Directory)
                continue;
            foreach (GitTreeFile file in Walk((Tree)entry.Target, path + "/", wants))
                yield return file;
        }
    }

    private IEnumerable<GitTreeFile> Compare(Tree known, Tree tree, Func<string, bool> wants)
    {
        // Without a word on renames libgit2 would ask the user's configuration.
        using TreeChanges changes = _repository.Diff.Compare<TreeChanges>(known, tree, new CompareOptions { Similarity = SimilarityOptions.None });
        foreach (TreeEntryChanges change in changes)
        {
            if (change.Status != ChangeKind.Deleted && IsFile(change.Mode) && wants(change.Path))
                yield return new GitTreeFile(change.Path, change.Oid.Sha);
        }
    }

    private Tree LookUp(string id) => _repository.Lookup<Tree>(id) ?? throw Missing(id);

    private static bool IsFile(Mode mode) => mode is Mode.NonExecutableFile or Mode.ExecutableFile or Mode.NonExecutableGroupWritableFile;

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
