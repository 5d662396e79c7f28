using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DataVersion.Remotes.S3;

/// <summary>
/// CRC-64/NVME, the checksum that AWS keeps with every object: reflected, polynomial AD93D23594C93659, all ones in and out.
/// Eight tables of 256; with carry-less multiplication where the processor has it.
/// </summary>
internal struct Crc64Nvme
{
    private const ulong Polynomial = 0x9A6C9329AC4BC9B5;
    private static readonly ulong[][] Tables = MakeTables();
    // x^n mod P, reflected, by which 128 bits are moved 128 and 512 bits on.
    private static readonly Vector128<ulong> FoldOne = Vector128.Create(PowerOfX(191), PowerOfX(127));
    private static readonly Vector128<ulong> FoldFour = Vector128.Create(PowerOfX(575), PowerOfX(511));

    // Kept inverted, so that a new one begins with all ones.
    private ulong _inverted;

    /// <summary>The checksum of what was appended.</summary>
    public readonly ulong Value => _inverted;

    /// <summary>The checksum as the header <c>x-amz-checksum-crc64nvme</c> has it.</summary>
    public readonly string Base64
    {
        get
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, Value);
            return Convert.ToBase64String(bytes);
        }
    }

    /// <summary>Takes further bytes in.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        ulong crc = ~_inverted;
        if (Pclmulqdq.IsSupported && bytes.Length >= 128)
            crc = Fold(crc, ref bytes);
        _inverted = ~ByTable(crc, bytes);
    }

    /// <summary>The same without special instructions.</summary>
    internal static ulong Portable(ReadOnlySpan<byte> bytes) => ~ByTable(ulong.MaxValue, bytes);

    private static ulong ByTable(ulong crc, ReadOnlySpan<byte> bytes)
    {
        ulong[][] t = Tables;
        while (bytes.Length >= 8)
        {
            ulong x = crc ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            crc = t[7][(byte)x] ^ t[6][(byte)(x >> 8)] ^ t[5][(byte)(x >> 16)] ^ t[4][(byte)(x >> 24)]
                ^ t[3][(byte)(x >> 32)] ^ t[2][(byte)(x >> 40)] ^ t[1][(byte)(x >> 48)] ^ t[0][x >> 56];
            bytes = bytes[8..];
        }
        foreach (byte value in bytes)
            crc = t[0][(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    // Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ": four lanes of 128 bits, folded into one at the end.
    private static ulong Fold(ulong crc, ref ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<Vector128<ulong>> blocks = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes);
        Vector128<ulong> a = blocks[0] ^ Vector128.CreateScalar(crc), b = blocks[1], c = blocks[2], d = blocks[3];
        int i = 4;
        for (; i + 4 <= blocks.Length; i += 4)
        {
            a = Moved(a, FoldFour) ^ blocks[i];
            b = Moved(b, FoldFour) ^ blocks[i + 1];
            c = Moved(c, FoldFour) ^ blocks[i + 2];
            d = Moved(d, FoldFour) ^ blocks[i + 3];
        }
        a = Moved(a, FoldOne) ^ b;
        a = Moved(a, FoldOne) ^ c;
        a = Moved(a, FoldOne) ^ d;
        for (; i < blocks.Length; i++)
            a = Moved(a, FoldOne) ^ blocks[i];
        bytes = bytes[(i * 16)..];
        Span<byte> rest = stackalloc byte[16];
        MemoryMarshal.Write(rest, in a);
        return ByTable(0, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Moved(Vector128<ulong> value, Vector128<ulong> by) =>
        Pclmulqdq.CarrylessMultiply(value, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, by, 0x11);

    private static ulong PowerOfX(int power)
    {
        ulong value = 1UL << 63;
        for (int i = 0; i < power; i++)
            value = (value >> 1) ^ ((value & 1) * Polynomial);
        return value;
    }

    private static ulong[][] MakeTables()
    {
        var tables = new ulong[8][];
        for (int k = 0; k < 8; k++)
        {
            tables[k] = new ulong[256];
            for (int i = 0; i < 256; i++)
            {
                ulong value = k == 0 ? (ulong)i : tables[k - 1][i];
                for (int bit = 0; bit < 8; bit++)
                    value = (value >> 1) ^ ((value & 1) * Polynomial);
                tables[k][i] = value;
            }
        }
        return tables;
    }
}
