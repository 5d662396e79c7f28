using System.Text;
using DataVersion.Hashing;

namespace DataVersion.Objects;

/// <summary>
/// Reads directories out of tree objects and checks that what they say of their children is true: order across parts, the rule that cuts
/// them, sizes and counts in overflow-checked arithmetic, depth and path length. Trees may come from a hostile remote.
/// </summary>
/// <param name="fetch">Returns a tree's bytes, already checked against its id; at most 16 MiB.</param>
public sealed class TreeReader(Func<ObjectId, CancellationToken, Task<byte[]>> fetch)
{
    /// <summary>What a walk through whole datasets may cost; null for readers that look at single folders, however often.</summary>
    public TreeBudget? Budget { get; set; }

    /// <summary>All entries of a directory, parts joined, in the order of their names.</summary>
    /// <param name="id">The directory's id.</param>
    /// <param name="declared">What the parent or pointer says of it; null members are not checked.</param>
    /// <param name="path">Its path, for messages and limits; empty for the dataset itself.</param>
    /// <param name="cancellationToken">Passed to the fetch.</param>
    /// <exception cref="InvalidFormatException">A tree is malformed or says something untrue.</exception>
    public async Task<IReadOnlyList<TreeEntry>> ReadAsync(ObjectId id, Declared declared, string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<TreeEntry> entries = await ReadOneAsync(id, declared, path, cancellationToken);
        Budget?.Spend(id, entries.Count);
        return entries;
    }

    private async Task<IReadOnlyList<TreeEntry>> ReadOneAsync(ObjectId id, Declared declared, string path, CancellationToken cancellationToken)
    {
        CheckPath(id, path);
        TreeObject tree = await FetchAsync(id, cancellationToken);
        IReadOnlyList<TreeEntry> entries;
        if (tree.Entries is { } listing)
        {
            if (listing.Count > TreeLimits.MaxEntries && listing.Take(listing.Count - 1).Any(e => TreeLimits.EndsPart(e.Name)))
                throw Bad(id, $"a directory of more than {TreeLimits.MaxEntries} entries is a list of parts");
            entries = listing;
        }
        else
        {
            entries = await JoinAsync(id, tree.Parts!, declared, cancellationToken);
        }
        Check(id, entries, declared);
        CheckPaths(id, path, entries);
        return entries;
    }

    /// <summary>The entry at a path below a directory, or null where the tree has none.</summary>
    public async Task<TreeEntry?> FindAsync(ObjectId root, string path, CancellationToken cancellationToken)
    {
        ObjectId id = root;
        var declared = new Declared(null, null);
        string[] segments = path.Split('/');
        for (int i = 0; i < segments.Length; i++)
        {
            IReadOnlyList<TreeEntry> entries = await ReadOneAsync(id, declared, string.Join('/', segments.Take(i)), cancellationToken);
            TreeEntry? entry = Find(entries, segments[i]);
            if (entry is null || i == segments.Length - 1)
                return entry;
            if (!entry.IsDirectory)
                return null;
            id = entry.Id;
            declared = new Declared(entry.Size, entry.Files);
        }
        return null;
    }

    /// <summary>Every tree object of a directory: itself and, where it has parts, the parts; not the directories below.</summary>
    public async Task<IReadOnlyList<ObjectId>> ListOwnObjectsAsync(ObjectId id, CancellationToken cancellationToken)
    {
        var ids = new List<ObjectId>();
        await AddOwnAsync(id, level: 0, ids, cancellationToken);
        return ids;
    }

    /// <summary>The entry of a name, by binary search.</summary>
    public static TreeEntry? Find(IReadOnlyList<TreeEntry> entries, string name)
    {
        int low = 0, high = entries.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = Utf8NameComparer.Instance.Compare(entries[middle].Name, name);
            if (order == 0)
                return entries[middle];
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return null;
    }

    private async Task AddOwnAsync(ObjectId id, int level, List<ObjectId> ids, CancellationToken cancellationToken)
    {
        TreeObject tree = await FetchAsync(id, cancellationToken);
        foreach (TreePart part in tree.Parts ?? [])
        {
            if (level >= 2)
                throw Bad(id, "parts are nested too deep");
            await AddOwnAsync(part.Id, level + 1, ids, cancellationToken);
        }
        ids.Add(id);
    }

    private async Task<List<TreeEntry>> JoinAsync(ObjectId id, IReadOnlyList<TreePart> parts, Declared declared, CancellationToken cancellationToken)
    {
        var joined = new List<TreeEntry>();
        var cut = new List<CutPart>();
        await JoinAsync(id, parts, level: 0, joined, cut, cancellationToken);
        if (joined.Count <= TreeLimits.MaxEntries)
            throw Bad(id, $"a directory of at most {TreeLimits.MaxEntries} entries has no parts");
        Check(id, joined, declared);
        // The same parts listed in another way would be the same directory under another id.
        if (await new TreeWriter(id.Kind, (_, _, _) => Task.CompletedTask).WriteListAsync(cut, cancellationToken) != id)
            throw Bad(id, "its list of parts is not cut where the rule cuts");
        return joined;
    }

    private async Task JoinAsync(
        ObjectId id, IReadOnlyList<TreePart> parts, int level, List<TreeEntry> joined, List<CutPart> cut, CancellationToken cancellationToken)
    {
        if (level >= 2)
            throw Bad(id, "parts are nested too deep");
        for (int i = 0; i < parts.Count; i++)
        {
            TreePart part = parts[i];
            TreeObject tree = await FetchAsync(part.Id, cancellationToken);
            int start = joined.Count;
            if (tree.Entries is { } entries)
                joined.AddRange(entries);
            else
                await JoinAsync(part.Id, tree.Parts!, level + 1, joined, cut, cancellationToken);
            if (joined.Count == start || joined[start].Name != part.FirstName)
                throw Bad(id, $"part {i + 1} does not begin with '{PathRules.Printable(part.FirstName)}'");
            if (start > 0 && Utf8NameComparer.Instance.Compare(joined[start - 1].Name, part.FirstName) >= 0)
                throw Bad(id, $"part {i + 1} is out of order");
            if (start > 0 && !TreeLimits.EndsPart(joined[start - 1].Name))
                throw Bad(id, $"part {i} ends where the rule does not cut");
            if (tree.Entries is { Count: > 1 } own && own.Take(own.Count - 1).Any(e => TreeLimits.EndsPart(e.Name)))
                throw Bad(id, $"part {i + 1} is not cut where the rule cuts");
            Check(part.Id, joined.GetRange(start, joined.Count - start), new Declared(part.Size, part.Files));
            if (tree.Entries is not null)
                cut.Add(new CutPart(part, joined[^1].Name));
        }
    }

    private async Task<TreeObject> FetchAsync(ObjectId id, CancellationToken cancellationToken) =>
        TreeParser.Parse(await fetch(id, cancellationToken), id.Kind, $"tree {id}");

    private static void Check(ObjectId id, IReadOnlyList<TreeEntry> entries, Declared declared)
    {
        try
        {
            long size = 0, files = 0;
            foreach (TreeEntry entry in entries)
            {
                size = checked(size + entry.Size.GetValueOrDefault());
                files = checked(files + entry.Files);
            }
            if (declared.Size is { } expected && expected != size)
                throw Bad(id, $"its files have {size} bytes, where {expected} are declared");
            if (declared.Files is { } count && count != files)
                throw Bad(id, $"it has {files} files, where {count} are declared");
        }
        catch (OverflowException e)
        {
            throw Bad(id, "its sizes add up to more than 2^63", e);
        }
    }

    private static void CheckPath(ObjectId id, string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > TreeLimits.MaxPathBytes)
            throw Bad(id, $"a path of more than {TreeLimits.MaxPathBytes} bytes");
        if (CountNames(path) > TreeLimits.MaxDepth)
            throw Bad(id, $"more than {TreeLimits.MaxDepth} folders deep");
    }

    private static void CheckPaths(ObjectId id, string path, IReadOnlyList<TreeEntry> entries)
    {
        if (entries.Count > 0 && CountNames(path) >= TreeLimits.MaxDepth)
            throw Bad(id, $"more than {TreeLimits.MaxDepth} folders deep");
        int room = TreeLimits.MaxPathBytes - (path.Length == 0 ? 0 : Encoding.UTF8.GetByteCount(path) + 1);
        if (room < TreeLimits.MaxNameBytes && entries.Any(e => Encoding.UTF8.GetByteCount(e.Name) > room))
            throw Bad(id, $"a path of more than {TreeLimits.MaxPathBytes} bytes");
    }

    private static int CountNames(string path) => path.Length == 0 ? 0 : path.AsSpan().Count('/') + 1;

    private static InvalidFormatException Bad(ObjectId id, string problem, Exception? inner = null) =>
        new($"tree {id}", null, problem, null, ErrorKind.Corrupt, inner);
}

/// <summary>What a parent says of a directory: bytes and number of files below it, where it says.</summary>
public readonly record struct Declared(long? Size, long? Files);
