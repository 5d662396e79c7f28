namespace DataVersion.Git;

/// <summary>A file as a commit holds it.</summary>
/// <param name="Path">Relative to the work tree, with '/'.</param>
/// <param name="Content">The blob's bytes, as Git stores them.</param>
/// <param name="Commit">The id of one commit that holds it.</param>
public sealed record GitFile(string Path, byte[] Content, string Commit);
