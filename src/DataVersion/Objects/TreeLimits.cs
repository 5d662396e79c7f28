using System.Security.Cryptography;
using System.Text;

namespace DataVersion.Objects;

/// <summary>The numbers of the tree format (docs/format.md, "Trees"), and the rule that cuts large directories into parts.</summary>
public static class TreeLimits
{
    /// <summary>A directory of more entries than this is a list of parts.</summary>
    public const int MaxEntries = 4096;

    /// <summary>Folders inside folders.</summary>
    public const int MaxDepth = 256;

    /// <summary>UTF-8 bytes of a path below the dataset.</summary>
    public const int MaxPathBytes = 4096;

    /// <summary>UTF-8 bytes of a name.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Bytes of a tree object.</summary>
    public const int MaxTreeBytes = 16 * 1024 * 1024;

    /// <summary>UTF-8 bytes of a symbolic link's target.</summary>
    public const int MaxLinkBytes = 4095;

    private const int PartBits = 10;
    private const int ListBits = 20;

    /// <summary>True where a part ends after the entry of this name: its SHA-256 ends in 10 zero bits. Sees the name only, so the same directory is cut alike.</summary>
    public static bool EndsPart(string name) => EndsInZeroBits(name, PartBits);

    /// <summary>True where a list of parts is cut after the part whose last entry has this name: 20 zero bits.</summary>
    public static bool EndsList(string name) => EndsInZeroBits(name, ListBits);

    private static bool EndsInZeroBits(string name, int bits)
    {
        Span<byte> utf8 = stackalloc byte[MaxNameBytes];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(name, utf8)], digest);
        int tail = (digest[^3] << 16) | (digest[^2] << 8) | digest[^1];
        return (tail & ((1 << bits) - 1)) == 0;
    }
}
