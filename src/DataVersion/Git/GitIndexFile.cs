using System.Buffers.Binary;
using System.Text;
using DataVersion.Platform;

namespace DataVersion.Git;

/// <summary>
/// Reads the paths in Git's index (gitformat-index, versions 2 to 4), so that asking what Git tracks, and whether it has a file as it is, needs
/// neither libgit2 nor a process.
/// Never writes.
/// </summary>
internal static class GitIndexFile
{
    private const int HeaderLength = 12;
    private const int StatLength = 40;

    /// <summary>Every path, in the index's order; null where the index is split, sparse or otherwise not readable here.</summary>
    internal static IReadOnlyList<string>? TryReadPaths(string file, int idLength) =>
        TryRead(file, idLength) is { } entries ? [.. entries.Select(e => e.Path)] : null;

    /// <summary>True where the index holds all of some files as they are, so that adding them would change nothing.</summary>
    internal static bool HoldsAll(string file, int idLength, string workTree, IReadOnlyCollection<string> paths)
    {
        // Its time before its bytes: entries of a newer index are then taken for younger than it, and nothing is believed.
        if (FileStat.TryGet(file) is not { Type: FileType.File } index || TryRead(file, idLength) is not { } entries)
            return false;
        var wanted = new HashSet<string>(paths, StringComparer.Ordinal);
        foreach (GitIndexEntry entry in entries)
        {
            if (wanted.Remove(entry.Path) && !(FileStat.TryGet(Path.Combine(workTree, entry.Path)) is { } stat && entry.Holds(stat, index.ModifiedNs)))
                return false;
        }
        return wanted.Count == 0;
    }

    private static List<GitIndexEntry>? TryRead(string file, int idLength)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        try
        {
            return Parse(bytes, idLength);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static List<GitIndexEntry>? Parse(byte[] bytes, int idLength)
    {
        ReadOnlySpan<byte> index = bytes;
        uint version = BinaryPrimitives.ReadUInt32BigEndian(index[4..]);
        if (!index.StartsWith("DIRC"u8) || version is < 2 or > 4)
            return null;
        int count = (int)BinaryPrimitives.ReadUInt32BigEndian(index[8..]);
        var entries = new List<GitIndexEntry>(Math.Min(count, index.Length / (StatLength + idLength)));
        var name = new byte[4096];
        int nameLength = 0;
        int at = HeaderLength;
        for (int i = 0; i < count; i++)
        {
            int start = at;
            at += StatLength + idLength;
            ushort flags = BinaryPrimitives.ReadUInt16BigEndian(index[at..]);
            at += (flags & GitIndexEntry.ExtendedFlag) != 0 ? 4 : 2;
            // In version 4 a name is what it drops from the end of the one before, and what it adds.
            int kept = version == 4 ? nameLength - ReadVarint(index, ref at) : 0;
            int added = index[at..].IndexOf((byte)0);
            nameLength = kept + added;
            if (nameLength > name.Length)
                Array.Resize(ref name, nameLength * 2);
            index.Slice(at, added).CopyTo(name.AsSpan(kept));
            entries.Add(new GitIndexEntry(Encoding.UTF8.GetString(name, 0, nameLength), flags, bytes.AsMemory(start, StatLength)));
            at += added;
            at = version == 4 ? at + 1 : start + ((at - start + 8) & ~7);
        }
        return HasForeignExtension(index[at..^idLength]) ? null : entries;
    }

    // An extension whose name begins in lower case must be understood: 'link' (split index) and 'sdir' (sparse) hide entries.
    private static bool HasForeignExtension(ReadOnlySpan<byte> extensions)
    {
        while (extensions.Length >= 8)
        {
            if (extensions[0] is < (byte)'A' or > (byte)'Z')
                return true;
            extensions = extensions[(8 + (int)BinaryPrimitives.ReadUInt32BigEndian(extensions[4..]))..];
        }
        return false;
    }

    private static int ReadVarint(ReadOnlySpan<byte> bytes, ref int at)
    {
        byte next = bytes[at++];
        int value = next & 127;
        while ((next & 128) != 0)
        {
            next = bytes[at++];
            value = ((value + 1) << 7) | (next & 127);
        }
        return value;
    }
}
