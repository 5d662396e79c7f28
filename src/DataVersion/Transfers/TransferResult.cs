using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>What was moved.</summary>
/// <param name="Objects">Number of objects sent or received.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Skipped">Objects that were there already.</param>
/// <param name="Failed">Objects that did not arrive.</param>
public sealed record TransferResult(long Objects, long Bytes, long Skipped, IReadOnlyList<FailedTransfer> Failed)
{
    /// <summary>Requests to the remote, repeated ones included; 0 where no network is between.</summary>
    public long Requests { get; init; }

    /// <summary>Requests that had to be repeated.</summary>
    public long Retries { get; init; }

    /// <summary>Objects that were read back from the remote, and hashed; null where that was not asked for.</summary>
    public long? Verified { get; init; }

    /// <summary>Those of them that were not what their names say; all but <see cref="Failed"/> ones were replaced.</summary>
    public long Damaged { get; init; }

    /// <summary>The part that was asked for; null for all of it, or where the split could not be computed.</summary>
    public ShardPlan? Shard { get; init; }
}

/// <summary>An object that could not be sent or received.</summary>
/// <param name="Id">The object id.</param>
/// <param name="Path">The tracked path that needs it, where known.</param>
/// <param name="Error">One line that says what is wrong.</param>
/// <param name="Kind">Decides the exit code.</param>
public sealed record FailedTransfer(string Id, string? Path, string Error, ErrorKind Kind)
{
    internal FailedTransfer(ObjectKey key, string? path, DataVersionException error)
        : this(key.Id.ToString(), path, error.Message, error.Kind) => Hint = error.Hint;

    /// <summary>What the user can do about it, in one line; null where nothing useful can be said.</summary>
    public string? Hint { get; init; }
}
