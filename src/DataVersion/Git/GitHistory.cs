namespace DataVersion.Git;

/// <summary>
/// Collects the files of many commits. A tree is visited once for each path where it stands, so what commits share costs nothing:
/// the work follows what changed between them.
/// </summary>
internal sealed class GitHistory(IGitObjects objects, Func<string, bool> wants, int maxBytes, CancellationToken cancellation)
{
    private readonly HashSet<(string Prefix, string Tree)> _seenTrees = [];
    private readonly HashSet<(string Path, string Blob)> _seenFiles = [];
    private readonly Dictionary<string, byte[]?> _blobs = [];
    private readonly List<GitFile> _files = [];

    internal IReadOnlyList<GitFile> Collect(IEnumerable<CommitTree> commits)
    {
        foreach (CommitTree commit in commits)
        {
            cancellation.ThrowIfCancellationRequested();
            Visit(commit, "", commit.Tree);
        }
        return _files;
    }

    // Recursion is as deep as folders nest; a tree cannot contain itself.
    private void Visit(CommitTree commit, string prefix, string tree)
    {
        if (!_seenTrees.Add((prefix, tree)))
            return;
        var folders = new List<GitTreeItem>();
        foreach (GitTreeItem item in objects.ReadTree(tree, name => wants(prefix + name)))
        {
            if (item.IsFolder)
                folders.Add(item);
            else if (_seenFiles.Add((prefix + item.Name, item.Id)) && Read(item.Id) is { } content)
                _files.Add(new GitFile(prefix + item.Name, content, commit.Commit));
        }
        foreach (GitTreeItem folder in folders)
            Visit(commit, $"{prefix}{folder.Name}/", folder.Id);
    }

    private byte[]? Read(string blob)
    {
        if (!_blobs.TryGetValue(blob, out byte[]? content))
            _blobs[blob] = content = objects.ReadBlob(blob, maxBytes);
        return content;
    }
}
