using DataVersion.Hashing;

namespace DataVersion.Objects;

/// <summary>How large objects are cut for a transfer.</summary>
public sealed record PartOptions
{
    /// <summary>Objects of more bytes than this go in parts.</summary>
    public long Threshold { get; init; } = BlockHasher.Threshold;

    /// <summary>Bytes of a part: small enough that an interruption costs little; it grows where a store takes too few parts.</summary>
    public long PartSize { get; init; } = BlockHasher.BlockSize;

    /// <summary>Parts of one object under way at once.</summary>
    public int AtOnce { get; init; } = 8;

    /// <summary>Where uploads under way are written down, so that another process can go on with them; null not to.</summary>
    public string? JournalDirectory { get; init; }

    /// <summary>Where an object is put that has to be compressed before it is sent; null where that is not needed.</summary>
    public string? TempDirectory { get; init; }
}
