using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>A root to transfer, or one path inside it.</summary>
/// <param name="Root">What a pointer names.</param>
/// <param name="Inside">Path below the root; empty for all of it.</param>
public sealed record WantedRoot(RootKey Root, string Inside);
