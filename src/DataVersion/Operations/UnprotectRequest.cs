namespace DataVersion.Operations;

/// <summary>Which files to replace by writable copies of their own, so that they can be edited in place.</summary>
public sealed record UnprotectRequest
{
    /// <summary>Tracked paths or parts of them; not empty.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Absolute folder that relative paths start from.</summary>
    public required string WorkingDirectory { get; init; }
}

/// <summary>What <c>unprotect</c> did.</summary>
/// <param name="Files">Files that are writable now and were not before.</param>
/// <param name="Failed">Files that stayed as they were.</param>
public sealed record UnprotectResult(long Files, IReadOnlyList<FailedItem> Failed);
