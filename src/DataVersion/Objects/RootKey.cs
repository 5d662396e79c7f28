using DataVersion.Hashing;

namespace DataVersion.Objects;

/// <summary>What a pointer (or a run) names: everything under it is pushed, fetched and receipted together.</summary>
/// <param name="Key">The tree, or the file's contents.</param>
/// <param name="Blocks">The block list that the pointer names beside a large file.</param>
/// <param name="Size">Bytes of all files below, as the pointer says.</param>
/// <param name="Files">Number of files below, as the pointer says.</param>
/// <param name="Path">The tracked path, for messages.</param>
public sealed record RootKey(ObjectKey Key, ObjectId? Blocks, long? Size, long? Files, string Path);
