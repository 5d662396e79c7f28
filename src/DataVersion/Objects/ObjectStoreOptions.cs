using DataVersion.Objects.Packs;

namespace DataVersion.Objects;

/// <summary>How a remote is opened.</summary>
public sealed record ObjectStoreOptions
{
    /// <summary>Makes an empty place a remote; without, such a place is a remote that has nothing.</summary>
    public bool Create { get; init; }

    /// <summary>How objects shall lie on a remote that is made; one that exists stays as it is.</summary>
    public StoreFormat Format { get; init; } = StoreFormat.Plain;

    /// <summary>Makes a new, random id of letters, digits and '-'.</summary>
    public required Func<string> NewId { get; init; }

    /// <summary>The directory for copies of what a remote says of its packs, filed under its id; null to keep none.</summary>
    public string? NotesDirectory { get; init; }

    /// <summary>Bytes of indexes that the catalog of any root may name without being looked through for what is of no use any more.</summary>
    internal long PruneFrom { get; init; } = 4 * PackLimits.Index;
}
