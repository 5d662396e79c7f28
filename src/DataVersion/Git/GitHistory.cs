namespace DataVersion.Git;

/// <summary>Collects the files of many commits. Each is compared with the one before it, so the work follows what changed.</summary>
internal sealed class GitHistory(IGitObjects objects, Func<string, bool> wants, int maxBytes, CancellationToken cancellation)
{
    private readonly HashSet<GitTreeFile> _seen = [];
    private readonly Dictionary<string, byte[]?> _blobs = [];

    internal IReadOnlyList<GitFile> Collect(IEnumerable<CommitTree> commits)
    {
        var files = new List<GitFile>();
        string? known = null;
        foreach (CommitTree commit in commits)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (GitTreeFile file in objects.FindFiles(commit.Tree, known, wants))
            {
                if (_seen.Add(file) && Read(file.Blob) is { } content)
                    files.Add(new GitFile(file.Path, content, commit.Commit));
            }
            known = commit.Tree;
        }
        return files;
    }

    private byte[]? Read(string blob)
    {
        if (!_blobs.TryGetValue(blob, out byte[]? content))
            _blobs[blob] = content = objects.ReadBlob(blob, maxBytes);
        return content;
    }
}
