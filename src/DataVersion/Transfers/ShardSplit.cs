namespace DataVersion.Transfers;

/// <summary>
/// Splits files into shards by their sizes alone, so that every machine comes to the same split: the largest first, each to the shard with the fewest
/// bytes so far, of equal ones to the one with the lowest index. No shard gets more than an equal share and the largest file. Files of equal size
/// go round in their order, so each shard is a mixture of all folders.
/// </summary>
internal static class ShardSplit
{
    /// <summary>The shard of each file, in the order of <paramref name="sizes"/>.</summary>
    /// <param name="sizes">Bytes of each file. Empty ones cost nothing and are dealt out one by one.</param>
    /// <param name="count">How many shards there are, at least 1.</param>
    public static int[] Assign(IReadOnlyList<long> sizes, int count)
    {
        int[] shards = new int[sizes.Count];
        int[] order = [.. Enumerable.Range(0, sizes.Count)];
        // By size downwards, then by place: two keys, since Array.Sort is not stable.
        Array.Sort(order, (a, b) => sizes[a] != sizes[b] ? sizes[b].CompareTo(sizes[a]) : a.CompareTo(b));
        var loads = new PriorityQueue<int, (long Bytes, int Shard)>(Enumerable.Range(0, count).Select(s => (s, (0L, s))));
        int empty = 0;
        foreach (int file in order)
        {
            if (sizes[file] <= 0)
            {
                shards[file] = empty++ % count;
                continue;
            }
            loads.TryPeek(out int shard, out (long Bytes, int Shard) load);
            loads.DequeueEnqueue(shard, (checked(load.Bytes + sizes[file]), shard));
            shards[file] = shard;
        }
        return shards;
    }
}
