namespace DataVersion.Hashing;

/// <summary>What one pass over a file's bytes yields.</summary>
/// <param name="Id">The identity.</param>
/// <param name="Size">Bytes that were read.</param>
/// <param name="Fingerprint">The fingerprint; zero where no seed was given.</param>
/// <param name="BlockList">The block list's bytes (docs/format.md), or null for files of at most 64 MiB.</param>
public sealed record HashedContent(ObjectId Id, long Size, Fingerprint Fingerprint, byte[]? BlockList);
