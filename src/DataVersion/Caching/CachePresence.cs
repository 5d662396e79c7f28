using DataVersion.Objects;

namespace DataVersion.Caching;

/// <summary>Whether a cache holds all of something, by name.</summary>
internal sealed class CachePresence(LocalCache cache)
{
    private readonly TreeReader _trees = new((id, token) => cache.ReadSmallAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, token)) { Budget = new TreeBudget() };

    /// <summary>True where every tree, content and block list of what <paramref name="root"/> names (at <paramref name="inside"/>) is there.</summary>
    public async Task<bool> IsCompleteAsync(TreeEntry root, string inside, CancellationToken cancellationToken)
    {
        var contents = new List<ObjectKey>();
        try
        {
            if (root.IsDirectory && !cache.Contains(root.Key))
                return false;
            TreeEntry? at = inside.Length == 0 ? root : await _trees.FindAsync(root.Id, inside, cancellationToken);
            if (at is null || !await CollectAsync(at, inside, contents, cancellationToken))
                return false;
        }
        catch (ObjectMissingException)
        {
            return false;
        }
        return cache.FindMissing(contents).Count == 0;
    }

    /// <summary>
    /// The bytes that are not there of what <paramref name="root"/> names (at <paramref name="inside"/>); null where that cannot be told, because the tree that
    /// leads to it is missing. Trees themselves are not counted.
    /// </summary>
    public async Task<long?> MissingBytesAsync(TreeEntry root, string inside, CancellationToken cancellationToken)
    {
        try
        {
            TreeEntry? at = inside.Length == 0 ? root : cache.Contains(root.Key) ? await _trees.FindAsync(root.Id, inside, cancellationToken) : null;
            return at is null ? null : await MissingBelowAsync(at, inside, cancellationToken);
        }
        catch (ObjectMissingException)
        {
            return null;
        }
    }

    private async Task<long> MissingBelowAsync(TreeEntry entry, string path, CancellationToken cancellationToken)
    {
        if (!cache.Contains(entry.Key))
            return entry.Size ?? 0;
        if (!entry.IsDirectory)
            return 0;
        long missing = 0;
        foreach (TreeEntry child in await _trees.ReadAsync(entry.Id, new Declared(entry.Size, entry.Files), path, cancellationToken))
            missing += await MissingBelowAsync(child, path.Length == 0 ? child.Name : $"{path}/{child.Name}", cancellationToken);
        return missing;
    }

    private async Task<bool> CollectAsync(TreeEntry entry, string path, List<ObjectKey> contents, CancellationToken cancellationToken)
    {
        if (!entry.IsDirectory)
        {
            Add(entry, contents);
            return true;
        }
        if (!cache.Contains(entry.Key))
            return false;
        foreach (TreeEntry child in await _trees.ReadAsync(entry.Id, new Declared(entry.Size, entry.Files), path, cancellationToken))
        {
            if (!child.IsDirectory)
                Add(child, contents);
            else if (!await CollectAsync(child, path.Length == 0 ? child.Name : $"{path}/{child.Name}", contents, cancellationToken))
                return false;
        }
        return true;
    }

    private static void Add(TreeEntry file, List<ObjectKey> contents)
    {
        contents.Add(file.Key);
        if (!file.BlocksId.IsEmpty)
            contents.Add(ObjectKey.Content(file.BlocksId));
    }
}
