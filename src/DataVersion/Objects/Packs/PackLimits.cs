namespace DataVersion.Objects.Packs;

/// <summary>What packs are made of (docs/format.md, "Packed remote"). Sizes in bytes.</summary>
internal static class PackLimits
{
    /// <summary>The largest object that is packed: a larger one costs little as a blob of its own.</summary>
    public const int MaxObject = 1024 * 1024;

    /// <summary>A pack of contents is closed when it has as much: few requests, and little to send again after an interruption.</summary>
    public const int Contents = 8 * 1024 * 1024;

    /// <summary>A pack of trees and block lists is closed when it has as much: who looks at one folder reads one pack.</summary>
    public const int Trees = 2 * 1024 * 1024;

    /// <summary>A pack is closed when it has as many objects, however small: its listing, of about 90 bytes each, has to fit into an index.</summary>
    public const int Objects = 8192;

    /// <summary>The most that readers accept in one pack.</summary>
    public const int MaxPack = 16 * 1024 * 1024;

    /// <summary>An index is closed when it has as much.</summary>
    public const int Index = 1024 * 1024;

    /// <summary>The most that readers accept of one index or catalog.</summary>
    public const int MaxDocument = 16 * 1024 * 1024;
}
