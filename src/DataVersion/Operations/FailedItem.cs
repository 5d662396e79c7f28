namespace DataVersion.Operations;

/// <summary>A path that an operation could not, or would not, handle while it went on with the others.</summary>
/// <param name="Path">Relative to the workspace's root, with <c>/</c>.</param>
/// <param name="Error">One line that says what is wrong.</param>
/// <param name="Hint">What the user can do; null where nothing useful can be said.</param>
/// <param name="Kind">Decides the exit code.</param>
public sealed record FailedItem(string Path, string Error, string? Hint, ErrorKind Kind);
