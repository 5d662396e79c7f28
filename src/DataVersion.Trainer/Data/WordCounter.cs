using System.Text;
using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>
/// Counts the words of a column in memory that does not grow with it. Up to <see cref="MostWords"/> different ones are counted exactly; of more, the rare ones are
/// forgotten from time to time (lossy counting: Manku, Motwani, 2002), or all of them, once it is clear that hardly any comes twice.
/// </summary>
internal sealed class WordCounter
{
    private const int MostWords = 1 << 17;

    private readonly Dictionary<byte[], int> _places = new(Utf8Words.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly List<byte[]> _words = [];
    private long[] _counts = new long[64];
    private bool _forgot;
    private bool _gaveUp;

    internal WordCounter() => _lookup = _places.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Rows without a word.</summary>
    internal long Missing { get; private set; }

    /// <summary>Rows with one.</summary>
    internal long Values { get; private set; }

    /// <summary>How many different words there are, at least.</summary>
    internal int Distinct => _words.Count;

    /// <summary>True where <see cref="Distinct"/> is not all of them.</summary>
    internal bool IsMore => _forgot || _gaveUp;

    /// <summary>True where at most one word of ten comes twice: names of rows, which say nothing about the next one.</summary>
    internal bool IsIdentifier => _gaveUp || (!_forgot && Distinct > 1 && Distinct * 10L > Values * 9L);

    internal void Add(DuckVector vector)
    {
        ReadOnlySpan<DuckText> words = vector.Values<DuckText>();
        for (int row = 0; row < words.Length; row++)
        {
            if (vector.IsMissing(row) || words[row].Length == 0)
            {
                Missing++;
                continue;
            }
            Values++;
            if (!_gaveUp)
                Add(DuckText.BytesOf(words[row]));
        }
    }

    /// <summary>The most frequent words, each with its rows; of equally frequent ones the first in the order of their UTF-16 units.</summary>
    internal IReadOnlyList<(string Word, long Count)> Top(int count) =>
    [
        .. _words.Select((w, i) => (Word: Encoding.UTF8.GetString(w), Count: _counts[i]))
            .OrderByDescending(w => w.Count).ThenBy(w => w.Word, StringComparer.Ordinal).Take(count),
    ];

    private void Add(ReadOnlySpan<byte> word)
    {
        if (_lookup.TryGetValue(word, out int place))
        {
            _counts[place]++;
            return;
        }
        if (_words.Count == MostWords)
            Forget();
        if (_gaveUp)
            return;
        byte[] copy = word.ToArray();
        _places.Add(copy, _words.Count);
        if (_words.Count == _counts.Length)
            Array.Resize(ref _counts, _counts.Length * 2);
        _counts[_words.Count] = 1;
        _words.Add(copy);
    }

    private void Forget()
    {
        // Where nine values of ten came once so far, what follows will be no better.
        _gaveUp = !_forgot && _counts.AsSpan(0, _words.Count).Count(1L) * 10L > Values * 9L;
        _forgot = true;
        List<(byte[] Word, long Count)> kept = [];
        for (long least = 2; !_gaveUp; least *= 2)
        {
            kept = [.. _words.Select((w, i) => (Word: w, Count: _counts[i])).Where(w => w.Count >= least)];
            if (kept.Count <= MostWords / 2)
                break;
        }
        _places.Clear();
        _words.Clear();
        foreach ((byte[] word, long count) in kept)
        {
            _counts[_words.Count] = count;
            _places.Add(word, _words.Count);
            _words.Add(word);
        }
    }
}
