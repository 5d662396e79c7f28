using DataVersion.Git;

namespace DataVersion.Operations;

/// <summary>What <c>push</c>, <c>fetch</c> and <c>pull</c> shall move.</summary>
public sealed record TransferRequest
{
    /// <summary>Tracked paths, parts of them, pointer files or folders; empty for the whole workspace.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Absolute folder that relative paths start from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The remote's name; null for the pointer's own or the default one.</summary>
    public string? Remote { get; init; }

    /// <summary>How many objects at once; null as configured.</summary>
    public int? Jobs { get; init; }

    /// <summary>Commits whose pointers count instead of the workspace's; null for the workspace. Not for <c>pull</c>.</summary>
    public RevisionScope? Revisions { get; init; }

    /// <summary>Ask the remote for every object instead of trusting receipts.</summary>
    public bool Deep { get; init; }

    /// <summary><c>pull</c> only: overwrite and delete in the workspace also what is not in the cache.</summary>
    public bool Force { get; init; }
}

/// <summary>What was moved.</summary>
/// <param name="Objects">Number of objects sent or received.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Skipped">Objects that were there already.</param>
/// <param name="Failed">Objects that did not arrive.</param>
public sealed record TransferResult(long Objects, long Bytes, long Skipped, IReadOnlyList<FailedTransfer> Failed);

/// <summary>An object that could not be sent or received.</summary>
/// <param name="Id">The object id.</param>
/// <param name="Path">The tracked path that needs it, where known.</param>
/// <param name="Error">One line that says what is wrong.</param>
/// <param name="Kind">Decides the exit code.</param>
public sealed record FailedTransfer(string Id, string? Path, string Error, ErrorKind Kind);

/// <summary>What <c>pull</c> did: a fetch, then a checkout.</summary>
public sealed record PullResult(TransferResult Transfer, CheckoutResult Checkout);
