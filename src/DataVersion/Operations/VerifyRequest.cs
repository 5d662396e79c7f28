namespace DataVersion.Operations;

/// <summary>What to hash again. With neither <see cref="Cache"/> nor <see cref="Workspace"/> both are verified.</summary>
public sealed record VerifyRequest
{
    /// <summary>Every object of the cache, and that every tree is complete.</summary>
    public bool Cache { get; init; }

    /// <summary>The tracked data against their pointers.</summary>
    public bool Workspace { get; init; }

    /// <summary>Tracked paths, pointer files or folders; empty for the whole workspace.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Absolute folder that relative paths start from.</summary>
    public required string WorkingDirectory { get; init; }
}

/// <summary>What was verified, and what is wrong.</summary>
/// <param name="Objects">Cache objects that were hashed.</param>
/// <param name="Trees">Trees that were read whole.</param>
/// <param name="Files">Workspace files that were hashed.</param>
/// <param name="Bytes">Bytes that were hashed.</param>
/// <param name="Problems">Empty where all is well.</param>
public sealed record VerifyResult(long Objects, long Trees, long Files, long Bytes, IReadOnlyList<VerifyProblem> Problems);

/// <summary>Something that does not hash to its name, or is missing.</summary>
/// <param name="What">An object id or a pointer file.</param>
/// <param name="Path">The tracked path that needs it, where known.</param>
/// <param name="Problem">One line.</param>
/// <param name="Kind">Decides the exit code.</param>
public sealed record VerifyProblem(string What, string? Path, string Problem, ErrorKind Kind);
