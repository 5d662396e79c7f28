using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// One number for all that a walk found in and below each folder: names, kinds, sizes, times, inodes, modes, where links lead. Equal digests of one
/// folder mean that every file in it would be answered for by the index as it was before (DESIGN "Racy files").
/// </summary>
internal static class ListingDigest
{
    /// <summary>Sets <see cref="WorkspaceNode.Listing"/> of a folder and of those below it.</summary>
    /// <param name="folder">As it was listed.</param>
    /// <param name="path">Its absolute path.</param>
    /// <param name="seed">Secret, so that nobody can make two listings meet.</param>
    public static void Compute(WorkspaceNode folder, string path, ulong seed)
    {
        var hash = new XxHash128(unchecked((long)seed));
        Span<byte> name = stackalloc byte[1024];
        foreach (WorkspaceNode child in folder.Children!)
        {
            Add(hash, child.Name, name);
            if (child.IsDirectory)
            {
                Compute(child, Path.Join(path, child.Name), seed);
                UInt128 listing = child.Listing;
                hash.Append(MemoryMarshal.AsBytes(new Span<UInt128>(ref listing)));
                continue;
            }
            var facts = new Facts(child.Stat);
            hash.Append(MemoryMarshal.AsBytes(new Span<Facts>(ref facts)));
            if (child.Stat.Type == FileType.SymbolicLink)
                Add(hash, new FileInfo(Path.Join(path, child.Name)).LinkTarget ?? "", name);
        }
        folder.Listing = hash.GetCurrentHashAsUInt128();
    }

    // With its length, so that no name can stand for a name and what follows it.
    private static void Add(XxHash128 hash, string text, Span<byte> buffer)
    {
        if (Encoding.UTF8.GetMaxByteCount(text.Length) > buffer.Length)
            buffer = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        int length = Encoding.UTF8.GetBytes(text, buffer);
        hash.Append(MemoryMarshal.AsBytes(new Span<int>(ref length)));
        hash.Append(buffer[..length]);
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Facts(in FileStat stat)
    {
        public FileType Type = stat.Type;
        public UnixFileMode Mode = stat.Mode;
        public FileStamp Stamp = stat.Stamp;
        public ulong Device = stat.Device;
    }
}
