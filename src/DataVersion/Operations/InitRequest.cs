using DataVersion.Hashing;

namespace DataVersion.Operations;

/// <summary>How to make a repository.</summary>
public sealed record InitRequest
{
    /// <summary>Absolute folder that shall hold <c>.dv</c>.</summary>
    public required string Directory { get; init; }

    /// <summary>The algorithm that names new objects; null for the default, and for the existing one in a repository that is there already.</summary>
    public HashKind? Hash { get; init; }

    /// <summary>Do without Git: cache and state lie under <c>.dv</c>.</summary>
    public bool NoGit { get; init; }

    /// <summary>Allow a folder below the root of the Git repository.</summary>
    public bool Subdirectory { get; init; }
}

/// <summary>What <c>init</c> did.</summary>
/// <param name="Root">Absolute folder that holds <c>.dv</c>.</param>
/// <param name="AlreadyThere">True where it was a repository before; nothing of it was changed.</param>
/// <param name="Created">Files that were written, relative to <paramref name="Root"/>.</param>
public sealed record InitResult(string Root, bool AlreadyThere, IReadOnlyList<string> Created);
