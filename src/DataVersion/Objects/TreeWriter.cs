using DataVersion.Hashing;

namespace DataVersion.Objects;

/// <summary>What was written for one directory.</summary>
public readonly record struct WrittenTree(ObjectId Id, long Size, long Files);

/// <summary>
/// Turns the entries of one directory into tree objects: one listing, or parts where it has more than 4,096 entries (docs/format.md, "Large directories").
/// Objects are handed over children first.
/// </summary>
/// <param name="kind">The algorithm of the root.</param>
/// <param name="store">Receives each object.</param>
public sealed class TreeWriter(HashKind kind, Func<ObjectKey, ReadOnlyMemory<byte>, CancellationToken, Task> store)
{
    /// <summary>Writes one directory.</summary>
    /// <param name="entries">Its entries, sorted by the UTF-8 bytes of their names; every size is known.</param>
    /// <param name="cancellationToken">Passed to the receiver.</param>
    /// <exception cref="OverflowException">Sizes add up to 2^63 or more.</exception>
    /// <exception cref="ArgumentException">The entries are not those of one directory: no reader would accept what they gave.</exception>
    public async Task<WrittenTree> WriteAsync(IReadOnlyList<TreeEntry> entries, CancellationToken cancellationToken)
    {
        Check(entries);
        (long size, long files) = Sum(entries);
        if (entries.Count <= TreeLimits.MaxEntries)
            return new WrittenTree(await StoreAsync(TreeFormat.Write(entries), cancellationToken), size, files);

        var parts = new List<CutPart>();
        int start = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            if (i + 1 < entries.Count && !TreeLimits.EndsPart(entries[i].Name))
                continue;
            List<TreeEntry> slice = [.. entries.Skip(start).Take(i + 1 - start)];
            (long partSize, long partFiles) = Sum(slice);
            ObjectId id = await StoreAsync(TreeFormat.Write(slice), cancellationToken);
            parts.Add(new CutPart(new TreePart(partSize, partFiles, id, slice[0].Name), slice[^1].Name));
            start = i + 1;
        }
        if (parts.Count == 1)
            return new WrittenTree(parts[0].Part.Id, size, files);
        return new WrittenTree(await WriteListAsync(parts, cancellationToken), size, files);
    }

    /// <summary>Writes the list of a directory's parts, in lists of their own where there are more than 4,096.</summary>
    internal async Task<ObjectId> WriteListAsync(IReadOnlyList<CutPart> parts, CancellationToken cancellationToken)
    {
        if (parts.Count <= TreeLimits.MaxEntries)
            return await StoreAsync(TreeFormat.Write(parts.Select(p => p.Part)), cancellationToken);
        var lists = new List<TreePart>();
        int start = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            if (i + 1 < parts.Count && !TreeLimits.EndsList(parts[i].LastName))
                continue;
            List<TreePart> slice = [.. parts.Skip(start).Take(i + 1 - start).Select(p => p.Part)];
            // A list of one part is no list: the part stands for itself.
            lists.Add(slice.Count == 1
                ? slice[0]
                : new TreePart(slice.Sum(p => p.Size), slice.Sum(p => p.Files), await StoreAsync(TreeFormat.Write(slice), cancellationToken), slice[0].FirstName));
            start = i + 1;
        }
        return lists.Count == 1 ? lists[0].Id : await StoreAsync(TreeFormat.Write(lists), cancellationToken);
    }

    private async Task<ObjectId> StoreAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length > TreeLimits.MaxTreeBytes)
            throw new UsageException($"a directory part of {bytes.Length} bytes exceeds the limit of {TreeLimits.MaxTreeBytes}");
        ObjectId id = IdentityHash.Of(kind, bytes);
        await store(ObjectKey.Tree(id), bytes, cancellationToken);
        return id;
    }

    private static void Check(IReadOnlyList<TreeEntry> entries)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            TreeEntry entry = entries[i];
            if (i > 0 && Utf8NameComparer.Instance.Compare(entries[i - 1].Name, entry.Name) >= 0)
                throw new ArgumentException($"'{entry.Name}' is out of order", nameof(entries));
            if (entry.BlocksId.IsEmpty == TreeFormat.HasBlockList(entry.Kind, entry.Size.GetValueOrDefault()))
                throw new ArgumentException($"'{entry.Name}': a file has a block list if, and only if, it is over 64 MiB", nameof(entries));
        }
    }

    private static (long Size, long Files) Sum(IReadOnlyList<TreeEntry> entries)
    {
        long size = 0, files = 0;
        foreach (TreeEntry entry in entries)
        {
            size = checked(size + (entry.Size ?? throw new ArgumentException($"'{entry.Name}' has no size", nameof(entries))));
            files = checked(files + entry.Files);
        }
        return (size, files);
    }
}

/// <summary>A part and the name of its last entry, which decides where the list of parts is cut.</summary>
internal readonly record struct CutPart(TreePart Part, string LastName);
