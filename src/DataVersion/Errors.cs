namespace DataVersion;

/// <summary>What kind of thing went wrong. The program maps each kind to one documented exit code (docs/commands/exit-codes.md).</summary>
public enum ErrorKind
{
    /// <summary>Wrong use, wrong configuration, or a pointer that is malformed, in conflict or too new (exit 2).</summary>
    Usage,

    /// <summary>Finished, but some items failed or were refused, for instance an edit that would be lost (exit 3).</summary>
    Incomplete,

    /// <summary>An object is neither here nor where it was looked for (exit 4).</summary>
    Missing,

    /// <summary>Bytes do not have the hash that they should have (exit 5).</summary>
    Corrupt,

    /// <summary>A remote cannot be reached or denies access (exit 6).</summary>
    Remote,

    /// <summary>There is no repository here (exit 10).</summary>
    NoRepository,

    /// <summary>Another process holds a lock for too long (exit 11).</summary>
    Locked,

    /// <summary>The operating system refused something: permission, disk full, the file changed (exit 3).</summary>
    FileSystem,
}

/// <summary>
/// An error that the user can read: one line that says what is wrong and where, and a hint that says what to do.
/// Facts are fields of the derived classes; secrets are in none of them.
/// </summary>
public class DataVersionException(ErrorKind kind, string message, string? hint = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Decides the exit code.</summary>
    public ErrorKind Kind { get; } = kind;

    /// <summary>What the user can do about it, in one line; null where nothing useful can be said.</summary>
    public string? Hint { get; } = hint;
}

/// <summary>Wrong arguments or settings.</summary>
public sealed class UsageException(string message, string? hint = null, Exception? inner = null)
    : DataVersionException(ErrorKind.Usage, message, hint, inner);

/// <summary>No `.dv` folder was found from a directory upwards.</summary>
public sealed class NoRepositoryException(string directory, string? detail = null)
    : DataVersionException(ErrorKind.NoRepository, detail ?? $"not a dv repository (no .dv folder in '{directory}' or above it)", "create one with: dv init")
{
    /// <summary>Where the search began.</summary>
    public string Directory { get; } = directory;
}

/// <summary>A file of one of our formats, or a part of it, does not follow the format.</summary>
public sealed class InvalidFormatException(string file, int? line, string problem, string? hint = null, ErrorKind kind = ErrorKind.Usage, Exception? inner = null)
    : DataVersionException(kind, line is null ? $"{file}: {problem}" : $"{file}:{line}: {problem}", hint, inner)
{
    /// <summary>The file, or the id of the object.</summary>
    public string File { get; } = file;

    /// <summary>The line, counted from 1, where it is known.</summary>
    public int? Line { get; } = line;

    /// <summary>What is wrong, without the place.</summary>
    public string Problem { get; } = problem;
}

/// <summary>An object is missing: <paramref name="where"/> says where it was looked for.</summary>
public sealed class ObjectMissingException(string id, string where, string? path = null, string? hint = null)
    : DataVersionException(ErrorKind.Missing, $"object {id}{(path is null ? "" : $" ('{path}')")} is missing {where}", hint)
{
    /// <summary>The object's id.</summary>
    public string Id { get; } = id;

    /// <summary>The tracked path that needs it, where known.</summary>
    public string? Path { get; } = path;
}

/// <summary>Bytes that should hash to <paramref name="id"/> hash to something else, or have another size.</summary>
public sealed class ObjectCorruptException(string id, string actual, string where, string? hint = null)
    : DataVersionException(ErrorKind.Corrupt, $"object {id} is corrupt {where}: its bytes are {actual}", hint)
{
    /// <summary>The id that was expected.</summary>
    public string Id { get; } = id;

    /// <summary>What was found: another id, or a size.</summary>
    public string Actual { get; } = actual;

    /// <summary>The store or path that holds the bytes.</summary>
    public string Where { get; } = where;
}

/// <summary>A remote cannot be reached, denies access, or answers with something that is not an answer.</summary>
public sealed class RemoteException(string remote, string problem, string? hint = null, Exception? inner = null)
    : DataVersionException(ErrorKind.Remote, $"remote '{remote}': {problem}", hint, inner)
{
    /// <summary>The remote's name or its URL without credentials.</summary>
    public string Remote { get; } = remote;

    /// <summary>True where the same request may succeed later (timeout, throttling, broken connection).</summary>
    public bool IsTransient { get; init; }

    /// <summary>True where the remote refuses this user (401, 403): what was asked for may be there or not.</summary>
    public bool IsDenied { get; init; }

    /// <summary>True where the remote asks for fewer requests (429, 503 SlowDown).</summary>
    public bool IsThrottled { get; init; }

    /// <summary>True where the bucket or directory itself does not exist.</summary>
    public bool IsPlaceMissing { get; init; }

    /// <summary>How long the remote asks to wait, where it does.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>A blob that was to be read is not in the store.</summary>
public sealed class BlobNotFoundException(string store, string name, Exception? inner = null)
    : DataVersionException(ErrorKind.Missing, $"{store}: no blob named '{name}'", null, inner)
{
    /// <summary>The blob's name.</summary>
    public string Name { get; } = name;
}

/// <summary>Another process holds a lock.</summary>
public sealed class LockedException(string lockFile, string holder, string? hint = null)
    : DataVersionException(ErrorKind.Locked, $"'{lockFile}' is held by {holder}", hint ?? "wait for it to finish and try again")
{
    /// <summary>The lock's file.</summary>
    public string LockFile { get; } = lockFile;
}

/// <summary>A file changed while it was read, again and again.</summary>
public sealed class FileChangedException(string path)
    : DataVersionException(ErrorKind.FileSystem, $"'{path}' changed while it was read", "stop what writes to it and try again")
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;
}

/// <summary>The operating system refused: no permission, no space, no such file.</summary>
public sealed class FileAccessException(string path, string problem, string? hint = null, Exception? inner = null)
    : DataVersionException(ErrorKind.FileSystem, $"'{path}': {problem}", hint, inner)
{
    /// <summary>The file or folder.</summary>
    public string Path { get; } = path;

    /// <summary>True where the disk, or the user's share of it, is full: trying the next file is no use.</summary>
    public bool IsDiskFull { get; init; }
}

/// <summary>A path or name that may not be placed or tracked (docs/format.md, "Paths").</summary>
public sealed class UnsafePathException(string path, string problem, string? hint = null)
    : DataVersionException(ErrorKind.Usage, $"'{path}': {problem}", hint)
{
    /// <summary>The path at fault.</summary>
    public string Path { get; } = path;
}

/// <summary>A command would lose or revert something; nothing was changed.</summary>
public sealed class RefusedException(string message, string? hint = null)
    : DataVersionException(ErrorKind.Incomplete, message, hint);

/// <summary>Git, libgit2 or the git program cannot do what is needed.</summary>
public sealed class GitException(string message, string? hint = null, Exception? inner = null)
    : DataVersionException(ErrorKind.Usage, message, hint, inner);

/// <summary>A push to a remote that came with the repository and that this user has not agreed to.</summary>
public sealed class RemoteNotTrustedException(string name, string url)
    : DataVersionException(ErrorKind.Usage, $"remote '{name}' ({url}) comes with the repository, and you have not pushed to it before",
        $"if you mean to send your data there: dv remote trust {name}")
{
    /// <summary>The remote's name.</summary>
    public string Name { get; } = name;

    /// <summary>Its URL, without credentials.</summary>
    public string Url { get; } = url;
}
