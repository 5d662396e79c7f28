using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>What to list of which version.</summary>
public sealed record ListRequest
{
    /// <summary>Tracked paths or parts of them, pointers, or folders that hold some; empty for all pointers.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Absolute folder that relative paths start from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>A commit as Git names it, whose pointers count; null for those of the workspace.</summary>
    public string? Revision { get; init; }

    /// <summary>The remote's name; null for the pointer's own or the default one.</summary>
    public string? Remote { get; init; }

    /// <summary>Requests at once; null as configured.</summary>
    public int? Jobs { get; init; }

    /// <summary>All files below, instead of the entries of a folder.</summary>
    public bool Recursive { get; init; }

    /// <summary>Only the files of this part, all below: those that <c>pull</c> would bring with it.</summary>
    public Shard? Shard { get; init; }

    /// <summary>Say where symbolic links point to. Each different target is an object, which is fetched where the cache lacks it.</summary>
    public bool ReadTargets { get; init; }
}
