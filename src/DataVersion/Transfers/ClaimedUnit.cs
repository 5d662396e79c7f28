using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;

namespace DataVersion.Transfers;

/// <summary>What is claimed, and received, together (docs/format.md, "Claims"): a large object, small ones in one pack, or small ones whose ids begin alike.</summary>
/// <param name="Name">The claim's name.</param>
/// <param name="Objects">What is wanted of it.</param>
internal sealed record ClaimedUnit(string Name, IReadOnlyList<PlannedObject> Objects)
{
    // Below this a claim costs more than the download.
    private const long LargeFrom = 1024 * 1024;
    private const int PrefixDigits = 2;

    /// <summary>The bytes of all objects, as far as they are known.</summary>
    public long Bytes { get; } = Objects.Sum(o => o.Size ?? 0);

    /// <summary>Puts objects together.</summary>
    /// <param name="objects">What is wanted.</param>
    /// <param name="packed">Where those that are packed lie.</param>
    public static IReadOnlyList<ClaimedUnit> Group(IEnumerable<PlannedObject> objects, IReadOnlyDictionary<ObjectKey, PackedAt> packed) =>
        [.. objects.GroupBy(o => packed.TryGetValue(o.Key, out PackedAt at) ? $"pack-{at.Pack.Listing.Id.Hex}" : NameOf(o)).Select(g => new ClaimedUnit(g.Key, [.. g]))];

    // An object whose size nobody knows may be large.
    private static string NameOf(PlannedObject item) => item.Size is null or >= LargeFrom
        ? $"{item.Key.Id.Kind.Name()}-{item.Key.Id.Hex}"
        : $"small-{item.Key.Id.Kind.Name()}-{item.Key.Id.Hex[..PrefixDigits]}";
}
