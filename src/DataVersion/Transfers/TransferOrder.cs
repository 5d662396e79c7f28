using DataVersion.Objects;
using DataVersion.Objects.Packs;

namespace DataVersion.Transfers;

/// <summary>The order in which objects are moved.</summary>
internal static class TransferOrder
{
    /// <summary>What lies in one pack goes together, what lies alone by itself.</summary>
    public static IEnumerable<IReadOnlyList<PlannedObject>> ByPack(IEnumerable<PlannedObject> objects, IReadOnlyDictionary<ObjectKey, PackedAt> packed) =>
        objects.GroupBy(o => (object)(packed.TryGetValue(o.Key, out PackedAt at) ? at.Pack : o.Key)).Select(g => g.ToList());

    /// <summary>
    /// Largest first, so that no single large one is left over at the end, with a small one after each: the small ones' latency hides behind
    /// the large ones' bytes.
    /// </summary>
    public static IEnumerable<T> Interleave<T>(IEnumerable<T> items, Func<T, long> size)
    {
        List<T> sorted = [.. items.OrderByDescending(size)];
        for (int large = 0, small = sorted.Count - 1; large <= small; large++, small--)
        {
            yield return sorted[large];
            if (small > large)
                yield return sorted[small];
        }
    }
}
