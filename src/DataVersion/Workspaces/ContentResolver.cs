using System.Text;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// Finds out what the files of a workspace hold, reading only those that the index does not vouch for: one pass each, many at once.
/// </summary>
/// <param name="root">The workspace.</param>
/// <param name="index">Consulted and brought up to date; saving it is the caller's.</param>
/// <param name="cache">Tells a link into the cache (link kind symlink) from any other.</param>
internal class ContentResolver(string root, FileIndex index, LocalCache cache)
{
    private const int MaxReads = 3;

    /// <summary>
    /// True to take an equal fingerprint as proof that a file whose times moved is unchanged: for showing, never for destroying (DESIGN "Fingerprint").
    /// </summary>
    public bool AcceptFingerprint { get; init; }

    /// <summary>True to read every file, whatever the index says.</summary>
    public bool Reread { get; init; }

    /// <summary>Told how many files, and bytes, have to be read.</summary>
    public Action<long, long>? Planned { get; init; }

    /// <summary>Told the bytes that were read.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>Told when a file was read.</summary>
    public Action? Done { get; init; }

    /// <summary>True once a file or link had to be read: its stat may be another than the one that was listed.</summary>
    public bool HasRead { get; private set; }

    /// <summary>Sets <see cref="WorkspaceNode.Content"/> of every file and link below <paramref name="node"/>, known folders left out.</summary>
    /// <param name="path">Where the node lies, relative to the workspace.</param>
    /// <param name="node">A file, link or folder.</param>
    /// <param name="kind">The algorithm of the dataset.</param>
    /// <param name="cancellationToken">Stops between files and inside large ones.</param>
    public async Task ResolveAsync(string path, WorkspaceNode node, HashKind kind, CancellationToken cancellationToken)
    {
        var unknown = new List<(string Path, WorkspaceNode Node)>();
        FindUnknown(path, node, kind, unknown);
        if (unknown.Count == 0)
            return;
        HasRead = true;
        await ReadAsync(path, unknown, kind, cancellationToken);
    }

    private async Task ReadAsync(string path, List<(string Path, WorkspaceNode Node)> unknown, HashKind kind, CancellationToken cancellationToken)
    {
        using FileSystemClock? clock = OpenClock(Path.GetDirectoryName(Path.Combine(root, path))!);
        Planned?.Invoke(unknown.Count, unknown.Sum(u => u.Node.Stat.Size));
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(unknown, options, async (item, token) =>
        {
            if (item.Node.Stat.Type == FileType.SymbolicLink)
                item.Node.Content = await ReadLinkAsync(item.Path, item.Node, kind, clock, token);
            else
                await ReadFileAsync(item.Path, item.Node, kind, clock, token);
            Done?.Invoke();
        });
    }

    private void FindUnknown(string path, WorkspaceNode node, HashKind kind, List<(string Path, WorkspaceNode Node)> unknown)
    {
        if (node.Known is not null)
            return;
        foreach (WorkspaceNode child in node.Children ?? [])
            FindUnknown($"{path}/{child.Name}", child, kind, unknown);
        if (!node.IsDirectory && !TryFromIndex(path, node, kind))
            unknown.Add((path, node));
    }

    /// <summary>The files and links below a node, with their paths.</summary>
    public static IEnumerable<(string Path, WorkspaceNode Node)> Leaves(string path, WorkspaceNode node)
    {
        if (node.Children is null)
        {
            yield return (path, node);
            yield break;
        }
        foreach (WorkspaceNode child in node.Children)
        {
            foreach ((string, WorkspaceNode) leaf in Leaves($"{path}/{child.Name}", child))
                yield return leaf;
        }
    }

    /// <summary>Whether an index entry may stand for the file; <see cref="ContentAdopter"/> also asks the cache.</summary>
    protected virtual bool Accepts(in IndexEntry entry) => true;

    /// <summary>Reads a file's bytes, hashes them, and remembers what they are; the adopter stores them too.</summary>
    protected virtual async Task<HashedContent> ReadAsync(
        string path, WorkspaceNode node, HashKind kind, FileSystemClock? clock, CancellationToken cancellationToken)
    {
        (HashedContent content, FileStat stat, bool settled) = await HashAsync(Path.Combine(root, path), kind, clock, cancellationToken);
        Remember(path, node, content.Id, BlocksId(kind, content), content.Fingerprint, stat, settled);
        return content;
    }

    /// <summary>Remembers what a file holds, and fills in its node.</summary>
    protected void Remember(string path, WorkspaceNode node, ObjectId id, ObjectId blocks, Fingerprint fingerprint, FileStat stat, bool settled)
    {
        node.Stat = stat;
        node.Content = Entry(node, id, blocks, stat.Size);
        node.IsVouched = settled;
        index.Set(path, new IndexEntry(stat.Stamp, id, blocks, fingerprint, settled));
    }

    private async Task<(HashedContent Content, FileStat Stat, bool Settled)> HashAsync(
        string fullPath, HashKind kind, FileSystemClock? clock, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < MaxReads; attempt++)
        {
            try
            {
                using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(fullPath, options: FileOptions.SequentialScan);
                FileStat before = FileStat.Get(handle);
                using var hasher = new ContentHasher(kind, before.Size, index.Seed);
                HashedContent content = await ContentPump.RunAsync(handle, hasher, null, null, Progress, cancellationToken);
                long now = clock?.NowNs() ?? 0;
                FileStat after = FileStat.Get(handle);
                if (before.Stamp == after.Stamp && content.Size == after.Size)
                    return (content, after, clock?.IsSettled(after.Stamp, now) ?? false);
            }
            catch (Exception e) when (SystemErrors.IsFileError(e))
            {
                throw SystemErrors.From(fullPath, e);
            }
        }
        throw new FileChangedException(fullPath);
    }

    /// <summary>Takes in a link's target; the adopter stores it.</summary>
    protected virtual Task StoreLinkAsync(ObjectId id, byte[] target, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Checks where a link leads; the adopter refuses what leaves the dataset.</summary>
    protected virtual void CheckLink(string path, string target) { }

    private bool TryFromIndex(string path, WorkspaceNode node, HashKind kind)
    {
        if (Reread || node.Stat.Type != FileType.File || !TryGetKnown(path, node.Stat, out IndexEntry entry) || entry.Id.Kind != kind || !Accepts(entry))
            return false;
        node.Content = Entry(node, entry.Id, entry.BlocksId, entry.Stamp.Size);
        node.IsVouched = true;
        return true;
    }

    private bool TryGetKnown(string path, FileStat stat, out IndexEntry entry) =>
        AcceptFingerprint ? index.TryGetUnchanged(path, stat, out entry) : index.TryGetTrusted(path, stat, out entry);

    private async Task ReadFileAsync(string path, WorkspaceNode node, HashKind kind, FileSystemClock? clock, CancellationToken cancellationToken)
    {
        if (AcceptFingerprint && index.TryGet(path, out IndexEntry known) && known.Id.Kind == kind && known.Stamp.Size == node.Stat.Size && Accepts(known))
        {
            // XXH128 runs at several times SHA-256's speed; where it differs the file has changed and is read once more for its identity.
            (Fingerprint fingerprint, FileStat stat, bool settled) =
                await FingerprintReader.ReadAsync(Path.Combine(root, path), index.Seed, clock, Progress, cancellationToken);
            if (fingerprint == known.Fingerprint)
            {
                Remember(path, node, known.Id, known.BlocksId, fingerprint, stat, settled);
                return;
            }
        }
        await ReadAsync(path, node, kind, clock, cancellationToken);
    }

    private async Task<TreeEntry> ReadLinkAsync(string path, WorkspaceNode node, HashKind kind, FileSystemClock? clock, CancellationToken cancellationToken)
    {
        string fullPath = Path.Combine(root, path);
        string target = new FileInfo(fullPath).LinkTarget ?? throw new FileChangedException(fullPath);
        if (cache.TryParsePath(target, out ObjectKey key) && key.Kind == ObjectKind.Content)
            return await ReadCacheLinkAsync(path, node, key.Id, kind, clock, cancellationToken);
        CheckLink(path, target);
        byte[] bytes = Encoding.UTF8.GetBytes(target);
        ObjectId id = IdentityHash.Of(kind, bytes);
        await StoreLinkAsync(id, bytes, cancellationToken);
        node.IsVouched = true;
        return new TreeEntry { Kind = TreeEntryKind.Link, Name = node.Name, Id = id, Size = bytes.Length };
    }

    // With link kind "symlink" a tracked file is a link to its object: what it holds is the object, as long as that is unharmed.
    private async Task<TreeEntry> ReadCacheLinkAsync(
        string path, WorkspaceNode node, ObjectId id, HashKind kind, FileSystemClock? clock, CancellationToken cancellationToken)
    {
        FileStat link = node.Stat;
        if (!Reread && id.Kind == kind && cache.TryStatTrusted(ObjectKey.Content(id)) is { } stat && stat.Size <= BlockHasher.Threshold)
            return new TreeEntry { Kind = TreeEntryKind.File, Name = node.Name, Id = id, Size = stat.Size };
        await ReadAsync(path, node, kind, clock, cancellationToken);
        node.Stat = link;
        // The stat of the link says nothing of the object behind it.
        node.IsVouched = false;
        return node.Content!;
    }

    private static FileSystemClock? OpenClock(string directory)
    {
        try
        {
            return FileSystemClock.Open(directory);
        }
        catch (FileAccessException)
        {
            // Nothing can be written there (read-only, full): no entry is trusted later, files are read again.
            return null;
        }
    }

    private static TreeEntry Entry(WorkspaceNode node, ObjectId id, ObjectId blocks, long size) => new()
    {
        Kind = node.Stat.IsExecutable ? TreeEntryKind.Executable : TreeEntryKind.File,
        Name = node.Name,
        Id = id,
        Size = size,
        BlocksId = blocks,
    };

    /// <summary>The id of a content's block list; the empty id where it has none.</summary>
    protected static ObjectId BlocksId(HashKind kind, HashedContent content) =>
        content.BlockList is { } list ? IdentityHash.Of(kind, list) : default;
}
