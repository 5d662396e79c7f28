using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace DataVersion.Remotes.Gcs;

/// <summary>CRC-32C (Castagnoli, RFC 3720), by which Google Cloud Storage checks bytes. Uses the processor's instruction where there is one.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of nothing.</summary>
    public const uint Empty = 0;

    /// <summary>The checksum of what <paramref name="checksum"/> stands for, followed by <paramref name="bytes"/>.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~checksum;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (byte one in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }

    /// <summary>How the service writes it: base64 of the big-endian bytes.</summary>
    public static string ToText(uint checksum)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, checksum);
        return Convert.ToBase64String(bytes);
    }
}
