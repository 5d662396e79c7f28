using DataVersion.Git;
using DataVersion.Transfers;

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

    /// <summary>The most bytes a second, up and down together; null for no limit.</summary>
    public long? LimitRate { get; init; }

    /// <summary>Commits whose pointers count instead of the workspace's; null for the workspace. Not for <c>pull</c>.</summary>
    public RevisionScope? Revisions { get; init; }

    /// <summary><c>push</c> only: ask the remote for every object instead of trusting receipts.</summary>
    public bool Deep { get; init; }

    /// <summary><c>push</c> only: read back every object that is there, and send again what is damaged.</summary>
    public bool Verify { get; init; }

    /// <summary><c>pull</c> only: overwrite and delete in the workspace also what is not in the cache.</summary>
    public bool Force { get; init; }

    /// <summary>Only this part of the files; null for all. For <c>fetch</c> and <c>pull</c>, of one version at a time.</summary>
    public Shard? Shard { get; init; }

    internal TransferLimits Limits => new(Jobs, LimitRate);
}

/// <summary>What <c>pull</c> did: a fetch, then a checkout.</summary>
public sealed record PullResult(TransferResult Transfer, CheckoutResult Checkout);
