using DataVersion.Git;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Pins;

/// <summary>What said which data version is used.</summary>
public enum PinSource
{
    /// <summary>A revision that was asked for (<c>--rev</c>), of the repository at hand or of another one (<c>--repo</c>).</summary>
    Revision,

    /// <summary>The commit that is checked out.</summary>
    Repository,

    /// <summary>A file <c>dv.pin.json</c> that <c>dv pin</c> wrote.</summary>
    Baked,
}

/// <summary>Which code and which data a run uses, and how that is known.</summary>
public sealed record Pin
{
    /// <summary>What said so.</summary>
    public required PinSource Source { get; init; }

    /// <summary>The commit of the code, as a full id; null where nothing says it.</summary>
    public string? CodeCommit { get; init; }

    /// <summary>The branch that is checked out; null where HEAD is detached, or nothing says it.</summary>
    public string? CodeBranch { get; init; }

    /// <summary>The tags of that commit, in the order of their names.</summary>
    public IReadOnlyList<string> CodeTags { get; init; } = [];

    /// <summary>URL of the repository of the code, without credentials; null where it has none.</summary>
    public string? CodeRepository { get; init; }

    /// <summary>The commit whose pointers are used, as a full id.</summary>
    public required string DataCommit { get; init; }

    /// <summary>URL of the repository of those pointers, without credentials; null where it has none.</summary>
    public string? DataRepository { get; init; }

    /// <summary>Whether the code is not, or was not when the pin was baked, what its commit holds.</summary>
    public bool Dirty { get; init; }

    /// <summary>What differs from the code's commit, without pointers; empty for a baked pin. Paths are relative to Git's work tree.</summary>
    public IReadOnlyList<GitChange> Changes { get; init; } = [];

    /// <summary>Pointers that were changed, added, deleted and not committed.</summary>
    public IReadOnlyList<GitChange> DataChanges { get; init; } = [];

    /// <summary>The unified diff of <see cref="Changes"/>, at most <see cref="MaxDiffBytes"/>; null where there is none.</summary>
    public byte[]? Diff { get; init; }

    /// <summary>False where the diff was cut off.</summary>
    public bool IsDiffWhole { get; init; } = true;

    /// <summary>The pointers of <see cref="DataCommit"/>, in the order of their paths.</summary>
    public required IReadOnlyList<PinnedItem> Items { get; init; }

    /// <summary>The remotes that hold the items, as far as they are known.</summary>
    public IReadOnlyList<PinnedRemote> Remotes { get; init; } = [];

    /// <summary>The allowances without which the pin would have been refused.</summary>
    public PinAllowances Used { get; init; } = PinAllowances.None;

    /// <summary>The baked pin that was read, or agrees; null where there is none.</summary>
    public string? PinFile { get; init; }

    /// <summary>SHA-256 of that pin as it says itself, in hex.</summary>
    public string? PinSha256 { get; init; }

    /// <summary>A larger diff is cut off there, in bytes.</summary>
    public const int MaxDiffBytes = 10 * 1024 * 1024;

    /// <summary>Bytes of all items together.</summary>
    public long Size => Items.Sum(item => item.Pointer.Size);
}

/// <summary>One tracked path of a pin.</summary>
/// <param name="Path">The tracked path, relative to the workspace, with '/'.</param>
/// <param name="PointerPath">The pointer file's path, likewise.</param>
/// <param name="PointerSha256">SHA-256 of the pointer file's bytes in the commit, in hex.</param>
/// <param name="Pointer">What the pointer says.</param>
public sealed record PinnedItem(string Path, string PointerPath, string PointerSha256, Pointer Pointer);
