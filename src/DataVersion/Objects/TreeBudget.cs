using System.Collections.Concurrent;
using DataVersion.Hashing;

namespace DataVersion.Objects;

/// <summary>
/// Ends the walk through trees that name each other so often that a few kilobytes stand for more entries than a machine can hold: sharing is what
/// trees are for, and an attack where nearly all of millions of entries are shared.
/// </summary>
public sealed class TreeBudget
{
    // Generous to real data: it takes both, millions of entries and hardly any that occur once.
    private const long FreeEntries = 1 << 20;
    private const long MaxRepeats = 64;

    private readonly ConcurrentDictionary<ObjectId, byte> _seen = new();
    private long _entries;
    private long _distinct;

    /// <summary>Counts a directory that was read.</summary>
    /// <exception cref="InvalidFormatException">The walk has become endless.</exception>
    internal void Spend(ObjectId directory, int entries)
    {
        // An empty folder costs as well: it is visited.
        int cost = entries + 1;
        if (_seen.TryAdd(directory, 0))
            Interlocked.Add(ref _distinct, cost);
        long all = Interlocked.Add(ref _entries, cost);
        if (all > FreeEntries && all > MaxRepeats * Interlocked.Read(ref _distinct))
        {
            throw new InvalidFormatException($"tree {directory}", null,
                $"the same few folders are named again and again, for more than {FreeEntries} entries", null, ErrorKind.Corrupt);
        }
    }
}
