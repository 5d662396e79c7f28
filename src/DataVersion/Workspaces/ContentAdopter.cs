using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>A resolver that stores what it reads: each new byte is read once, for its hashes and for the cache (DESIGN "One pass").</summary>
internal sealed class ContentAdopter(string root, string dataset, FileIndex index, LocalCache cache, CacheBatch batch)
    : ContentResolver(root, index, cache)
{
    private readonly FileIndex _index = index;
    private readonly LocalCache _cache = cache;

    /// <inheritdoc/>
    protected override bool Accepts(in IndexEntry entry) =>
        _cache.Contains(ObjectKey.Content(entry.Id)) && (entry.BlocksId.IsEmpty || _cache.Contains(ObjectKey.Content(entry.BlocksId)));

    /// <inheritdoc/>
    protected override async Task<(HashedContent Content, FileStat Stat)> ReadAsync(string fullPath, HashKind kind, CancellationToken cancellationToken)
    {
        AdoptedFile adopted = await batch.AdoptAsync(fullPath, kind, _index.Seed, Progress, cancellationToken);
        return (adopted.Content, adopted.Stat);
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
