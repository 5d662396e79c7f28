using System.Buffers.Binary;
using DataVersion.Platform;

namespace DataVersion.Git;

/// <summary>One path in Git's index.</summary>
/// <param name="Path">Relative to the work tree, with '/'.</param>
/// <param name="Flags">Its flags; extended ones count as one that is not ours to judge.</param>
/// <param name="Facts">The stat of the file that was added, as gitformat-index has it: 40 bytes.</param>
internal readonly record struct GitIndexEntry(string Path, ushort Flags, ReadOnlyMemory<byte> Facts)
{
    /// <summary>Set where there are extended flags.</summary>
    public const ushort ExtendedFlag = 0x4000;

    private const ushort AssumeValidFlag = 0x8000, StageMask = 0x3000;
    private const uint Regular = 0x81A4, Executable = 0x81ED;

    /// <summary>
    /// True where adding the file would change nothing, by the rule that Git itself goes by: the stat agrees, and the file is older than the index.
    /// </summary>
    /// <param name="file">The file's stat now.</param>
    /// <param name="indexNs">When the index was written.</param>
    public bool Holds(in FileStat file, long indexNs)
    {
        ReadOnlySpan<byte> facts = Facts.Span;
        return (Flags & (ExtendedFlag | AssumeValidFlag | StageMask)) == 0
            && file.Type == FileType.File
            && file.ModifiedNs < indexNs
            && Is(facts, file.ChangedNs)
            && Is(facts[8..], file.ModifiedNs)
            && BinaryPrimitives.ReadUInt32BigEndian(facts[20..]) == unchecked((uint)file.Inode)
            && BinaryPrimitives.ReadUInt32BigEndian(facts[24..]) == (file.IsExecutable ? Executable : Regular)
            && BinaryPrimitives.ReadUInt32BigEndian(facts[36..]) == unchecked((uint)file.Size);
    }

    private static bool Is(ReadOnlySpan<byte> time, long nanoseconds) =>
        BinaryPrimitives.ReadUInt32BigEndian(time) == unchecked((uint)(nanoseconds / 1_000_000_000))
        && BinaryPrimitives.ReadUInt32BigEndian(time[4..]) == nanoseconds % 1_000_000_000;
}
