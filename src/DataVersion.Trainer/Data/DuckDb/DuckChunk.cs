using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>Some rows of a result. What is read from it is DuckDB's memory, valid until it is disposed of.</summary>
internal sealed class DuckChunk(DuckChunkHandle handle, int rows) : IDisposable
{
    internal int Rows => rows;

    internal DuckVector Column(int index) => new(DuckNative.ChunkVector(handle, (ulong)index), rows);

    public void Dispose() => handle.Dispose();
}

/// <summary>The values of one column in a chunk.</summary>
internal readonly unsafe ref struct DuckVector
{
    private readonly void* _data;
    private readonly ulong* _validity;
    private readonly int _rows;

    internal DuckVector(nint vector, int rows)
    {
        _data = (void*)DuckNative.VectorData(vector);
        _validity = (ulong*)DuckNative.VectorValidity(vector);
        _rows = rows;
    }

    /// <summary>False where no mask says otherwise: every value is there.</summary>
    internal bool HasMissing => _validity is not null;

    /// <summary>The values; where <see cref="IsMissing"/>, anything. The caller knows the column's type.</summary>
    internal ReadOnlySpan<T> Values<T>()
        where T : unmanaged => new(_data, _rows);

    internal bool IsMissing(int row) => _validity is not null && (_validity[row >> 6] >> (row & 63) & 1) == 0;
}

/// <summary>duckdb_string_t: up to 12 bytes of UTF-8 in place, padded with zeros, or a pointer to more.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct DuckText
{
    private const int MostInPlace = 12;

    private readonly uint _length;
    private readonly uint _prefix;
    private readonly ulong _rest;

    internal int Length => (int)_length;

    /// <summary>True where <see cref="Bits"/> alone say what it is.</summary>
    internal bool IsInPlace => _length <= MostInPlace;

    /// <summary>Length and bytes of a text in place.</summary>
    internal UInt128 Bits => new(_rest, ((ulong)_prefix << 32) | _length);

    /// <summary>The bytes. Of a value that stays where it is, while they are used.</summary>
    internal static ReadOnlySpan<byte> BytesOf(in DuckText text) => text.IsInPlace
        ? new ReadOnlySpan<byte>((byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in text)) + sizeof(uint), text.Length)
        : new ReadOnlySpan<byte>((void*)(nint)text._rest, text.Length);

    /// <summary>What <see cref="Bits"/> are of a word; false where it is too long to be in place.</summary>
    internal static bool TryPack(ReadOnlySpan<byte> word, out UInt128 bits)
    {
        bits = 0;
        if (word.Length > MostInPlace)
            return false;
        Span<byte> place = stackalloc byte[sizeof(uint) + MostInPlace];
        place.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(place, word.Length);
        word.CopyTo(place[sizeof(uint)..]);
        bits = BinaryPrimitives.ReadUInt128LittleEndian(place);
        return true;
    }

    internal static string TextOf(in DuckText text) => Encoding.UTF8.GetString(BytesOf(text));
}
