using DataVersion.Objects;
using DataVersion.Objects.Packs;

namespace DataVersion.Transfers;

/// <summary>What a push sends at a time: an object, or, to a packed remote, small ones together.</summary>
/// <param name="Objects">One object, or those of a pack.</param>
/// <param name="Packed">Whether they go into a pack.</param>
/// <param name="Trees">Whether that is a pack of trees and block lists.</param>
internal sealed record PushUnit(IReadOnlyList<PlannedObject> Objects, bool Packed, bool Trees)
{
    /// <summary>The bytes of all objects, as far as they are known.</summary>
    public long Bytes { get; } = Objects.Sum(o => o.Size ?? 0);

    /// <summary>Puts objects together. The same objects in the same order make the same packs, so that a push that is begun again finds what it has sent.</summary>
    public static IReadOnlyList<PushUnit> Group(IEnumerable<PlannedObject> objects, bool packs)
    {
        var units = new List<PushUnit>();
        List<PlannedObject> contents = [], trees = [];
        long contentBytes = 0, treeBytes = 0;
        foreach (PlannedObject item in objects)
        {
            if (!packs || item.Size is not { } size || size > PackLimits.MaxObject)
                units.Add(new PushUnit([item], false, false));
            else if (item.IsBlockList || item.Key.Kind == ObjectKind.Tree)
                Add(ref trees, ref treeBytes, item, size, PackLimits.Trees, true);
            else
                Add(ref contents, ref contentBytes, item, size, PackLimits.Contents, false);
        }
        Close(ref contents, ref contentBytes, false);
        Close(ref trees, ref treeBytes, true);
        return units;

        void Add(ref List<PlannedObject> open, ref long bytes, PlannedObject item, long size, int enough, bool isTrees)
        {
            open.Add(item);
            bytes += size;
            if (bytes >= enough || open.Count >= PackLimits.Objects)
                Close(ref open, ref bytes, isTrees);
        }

        void Close(ref List<PlannedObject> open, ref long bytes, bool isTrees)
        {
            if (open.Count > 0)
                units.Add(new PushUnit(open, true, isTrees));
            open = [];
            bytes = 0;
        }
    }
}
