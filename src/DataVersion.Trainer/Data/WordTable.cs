using System.Text;
using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>The codes of words: 1 for the first of a list, and so on; 0 for any other.</summary>
internal sealed class WordTable
{
    private readonly UInt128[] _keys;
    private readonly int[] _codes;
    private readonly int _mask;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _long;

    internal WordTable(IReadOnlyList<string> words)
    {
        int size = 16;
        while (size < words.Count * 2)
            size *= 2;
        _keys = new UInt128[size];
        _codes = new int[size];
        _mask = size - 1;
        Dictionary<byte[], int> longer = new(Utf8Words.Instance);
        for (int i = 0; i < words.Count; i++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(words[i]);
            if (DuckText.TryPack(bytes, out UInt128 bits))
                _codes[Place(bits)] = i + 1;
            else
                longer.Add(bytes, i + 1);
        }
        _long = longer.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    internal int CodeOf(in DuckText word)
    {
        if (!word.IsInPlace)
            return _long.TryGetValue(DuckText.BytesOf(word), out int code) ? code : 0;
        UInt128 bits = word.Bits;
        for (int slot = SlotOf(bits); _codes[slot] != 0; slot = (slot + 1) & _mask)
        {
            if (_keys[slot] == bits)
                return _codes[slot];
        }
        return 0;
    }

    private int Place(UInt128 bits)
    {
        int slot = SlotOf(bits);
        while (_codes[slot] != 0)
            slot = (slot + 1) & _mask;
        _keys[slot] = bits;
        return slot;
    }

    private int SlotOf(UInt128 bits) => (int)RowHash.Mix((ulong)bits ^ (ulong)(bits >> 64) * 0x9E3779B97F4A7C15) & _mask;
}
