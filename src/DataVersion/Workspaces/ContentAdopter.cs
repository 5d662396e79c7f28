using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>A resolver that stores what it reads: each new byte is read once, for its hashes and for the cache (DESIGN "One pass").</summary>
internal sealed class ContentAdopter(string root, string dataset, FileIndex index, LocalCache cache, CacheBatch batch)
    : ContentResolver(root, index, cache)
{
    private readonly System.Collections.Concurrent.ConcurrentBag<(string Path, WorkspaceNode Node, HashKind Kind, AdoptedFile File)> _adopted = [];
    private readonly string _root = root;
    private readonly FileIndex _index = index;
    private readonly LocalCache _cache = cache;

    /// <inheritdoc/>
    protected override bool Accepts(in IndexEntry entry) =>
        _cache.Contains(ObjectKey.Content(entry.Id)) && (entry.BlocksId.IsEmpty || _cache.Contains(ObjectKey.Content(entry.BlocksId)));

    /// <summary>Brings the index up to date with the links that the committed batch has made: each moves a file's change time.</summary>
    public void AfterCommit()
    {
        foreach ((string path, WorkspaceNode node, HashKind kind, AdoptedFile file) in _adopted)
            Remember(path, node, file.Content.Id, BlocksId(kind, file.Content), file.Content.Fingerprint, file.Stat, file.IsSettled);
    }

    /// <summary>The files that were taken in, and how each relates to its object now.</summary>
    public IEnumerable<(string Path, WorkspaceNode Node, AdoptedFile File)> Adopted => _adopted.Select(a => (a.Path, a.Node, a.File));

    /// <inheritdoc/>
    protected override async Task<HashedContent> ReadAsync(
        string path, WorkspaceNode node, HashKind kind, FileSystemClock? clock, CancellationToken cancellationToken)
    {
        if (node.Stat.Type == FileType.SymbolicLink)
            return await ReadThroughCacheLinkAsync(path, node, kind, clock, cancellationToken);
        AdoptedFile adopted = await batch.AdoptAsync(Path.Combine(_root, path), kind, _index.Seed, Progress, cancellationToken);
        Remember(path, node, adopted.Content.Id, BlocksId(kind, adopted.Content), adopted.Content.Fingerprint, adopted.Stat, settled: false);
        _adopted.Add((path, node, kind, adopted));
        return adopted.Content;
    }

    // The object is in the cache already, if its bytes are what its name says.
    private async Task<HashedContent> ReadThroughCacheLinkAsync(
        string path, WorkspaceNode node, HashKind kind, FileSystemClock? clock, CancellationToken cancellationToken)
    {
        HashedContent content = await base.ReadAsync(path, node, kind, clock, cancellationToken);
        bool unharmed = new FileInfo(Path.Combine(_root, path)).LinkTarget is { } target
            && _cache.TryParsePath(target, out ObjectKey named) && named == ObjectKey.Content(content.Id);
        if (!unharmed)
            throw new RefusedException($"'{PathRules.Printable(path)}' was edited through its link into the cache",
                $"make it a file of its own, and then add it: dv unprotect {PathRules.Printable(path)}");
        if (content.BlockList is { } blocks)
            await batch.PutAsync(ObjectKey.Content(BlocksId(kind, content)), blocks, cancellationToken);
        return content;
    }

    /// <inheritdoc/>
    protected override Task StoreLinkAsync(ObjectId id, byte[] target, CancellationToken cancellationToken) =>
        batch.PutAsync(ObjectKey.Content(id), target, cancellationToken);

    /// <inheritdoc/>
    protected override void CheckLink(string path, string target)
    {
        string inside = path.Length > dataset.Length ? path[(dataset.Length + 1)..] : "";
        if (inside.Length == 0)
            throw new UnsafePathException(path, "is a symbolic link, and a pointer names a file or a folder", "add what it points to, or use --dereference");
        if (!PathRules.LinkStaysInside(inside, target))
            throw new UnsafePathException(path, $"is a symbolic link to '{PathRules.Printable(target)}', which leaves the dataset",
                "use --dereference to add what it points to");
    }
}
