using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>What to bring to the state that the pointers name, from the cache.</summary>
public sealed record CheckoutRequest
{
    /// <summary>Tracked paths, parts of them, pointer files or folders; empty for the whole workspace.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Absolute folder that relative paths start from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Overwrite and delete also what is not in the cache.</summary>
    public bool Force { get; init; }

    /// <summary>Only the files of this part; null for all. What lies here of another version is taken away where it would stay behind.</summary>
    public ShardPlan? Shard { get; init; }
}

/// <summary>What <c>checkout</c> did; the numbers count files.</summary>
/// <param name="Added">Placed where there was nothing.</param>
/// <param name="Modified">Replaced.</param>
/// <param name="Deleted">Removed.</param>
/// <param name="Refused">Left alone because something would have been lost, or because it failed.</param>
/// <param name="Orphaned">Data that no pointer names any more and that stay, because they are modified or not cached.</param>
public sealed record CheckoutResult(
    long Added, long Modified, long Deleted, IReadOnlyList<FailedItem> Refused, IReadOnlyList<string> Orphaned);
