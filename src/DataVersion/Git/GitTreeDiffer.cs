using System.Text;

namespace DataVersion.Git;

/// <summary>
/// Compares Git's trees as they are stored: entries of mode in octal, space, name, NUL, id; a folder sorts as if its name ended in '/'.
/// </summary>
internal sealed class GitTreeDiffer(GitObjectPipe pipe, int idLength)
{
    private const int MaxTreeBytes = 1 << 30;

    // What one comparison reads as the newer side, the next one needs as the older: two generations are kept.
    private Dictionary<string, byte[]> _trees = [];
    private Dictionary<string, byte[]> _olderTrees = [];

    /// <summary>The regular files of a tree that a known one (null for none) does not have alike.</summary>
    internal List<GitTreeFile> Compare(string tree, string? knownTree, string prefix, Func<string, bool> wants)
    {
        (_olderTrees, _trees) = (_trees, []);
        var files = new List<GitTreeFile>();
        Compare(tree, knownTree, prefix, wants, files);
        return files;
    }

    /// <summary>The blob of the regular file at a path; null where there is none.</summary>
    internal string? Find(string tree, string path)
    {
        int slash = path.IndexOf('/', StringComparison.Ordinal);
        byte[] name = Encoding.UTF8.GetBytes(slash < 0 ? path : path[..slash]);
        for (Entry entry = First(Read(tree)); !entry.IsEnd; entry = Next(entry))
        {
            if (entry.Name.SequenceEqual(name))
                return slash >= 0 ? entry.IsFolder ? Find(entry.IdText, path[(slash + 1)..]) : null : entry.IsFile ? entry.IdText : null;
        }
        return null;
    }

    private void Compare(string tree, string? knownTree, string prefix, Func<string, bool> wants, List<GitTreeFile> files)
    {
        if (tree == knownTree)
            return;
        Entry known = First(knownTree is null ? [] : Read(knownTree));
        for (Entry entry = First(Read(tree)); !entry.IsEnd; entry = Next(entry))
        {
            while (!known.IsEnd && Order(known, entry) < 0)
                known = Next(known);
            bool paired = !known.IsEnd && Order(known, entry) == 0;
            if (paired && known.Whole.SequenceEqual(entry.Whole))
                continue;
            if (entry.IsFolder)
                Compare(entry.IdText, paired ? known.IdText : null, $"{prefix}{entry.NameText}/", wants, files);
            else if (entry.IsFile && wants(prefix + entry.NameText))
                files.Add(new GitTreeFile(prefix + entry.NameText, entry.IdText));
        }
    }

    private byte[] Read(string id)
    {
        if (!_trees.TryGetValue(id, out byte[]? bytes) && !_olderTrees.TryGetValue(id, out bytes))
            bytes = pipe.Read(id, MaxTreeBytes) ?? throw new GitException($"the Git tree {id} is too large");
        return _trees[id] = bytes;
    }

    private Entry First(ReadOnlySpan<byte> tree) => new(tree, idLength);

    private Entry Next(Entry entry) => new(entry.Rest, idLength);

    private static int Order(Entry left, Entry right)
    {
        int common = Math.Min(left.Name.Length, right.Name.Length);
        int order = left.Name[..common].SequenceCompareTo(right.Name[..common]);
        return order != 0 ? order : left.ByteAt(common) - right.ByteAt(common);
    }

    private readonly ref struct Entry
    {
        internal Entry(ReadOnlySpan<byte> tree, int idLength)
        {
            IsEnd = tree.IsEmpty;
            if (IsEnd)
                return;
            int space = tree.IndexOf((byte)' ');
            int zero = tree.IndexOf((byte)0);
            Name = tree[(space + 1)..zero];
            Whole = tree[..(zero + 1 + idLength)];
            Rest = tree[Whole.Length..];
            Id = Whole[(zero + 1)..];
            IsFolder = tree[..space].SequenceEqual("40000"u8);
            IsFile = tree.StartsWith("100"u8);
        }

        internal bool IsEnd { get; }

        internal ReadOnlySpan<byte> Name { get; }

        internal ReadOnlySpan<byte> Id { get; }

        internal ReadOnlySpan<byte> Whole { get; }

        internal ReadOnlySpan<byte> Rest { get; }

        internal bool IsFolder { get; }

        internal bool IsFile { get; }

        internal string NameText => Encoding.UTF8.GetString(Name);

        internal string IdText => Convert.ToHexStringLower(Id);

        internal int ByteAt(int index) => index < Name.Length ? Name[index] : IsFolder ? '/' : 0;
    }
}
