namespace DataVersion.Storage;

/// <summary>
/// Names → bytes: the seam that every remote fills. Names are relative, <c>/</c>-separated, of printable ASCII.
/// <para>Every implementation guarantees:</para>
/// <list type="bullet">
/// <item>A write is atomic: a name shows all of its bytes or does not exist, also after a crash or a cancelled call.</item>
/// <item>A write that returned is durable and seen by every later read, stat and list of any client.</item>
/// <item><see cref="WriteMode.IfAbsent"/> lets exactly one of several writers win where <see cref="BlobStoreTraits.AtomicIfAbsent"/> holds;
/// elsewhere it saves work and is no authority.</item>
/// <item>Errors are <see cref="BlobNotFoundException"/> (no such name), <see cref="RemoteException"/> (unreachable, denied, nonsense answered),
/// <see cref="FileAccessException"/> (local disk), or <see cref="OperationCanceledException"/>; nothing else for conditions outside the program.</item>
/// <item>All members may be called from many threads at once.</item>
/// </list>
/// </summary>
public interface IBlobStore
{
    /// <summary>What this store can do.</summary>
    BlobStoreTraits Traits { get; }

    /// <summary>Where it is, for messages; holds no credentials.</summary>
    string Location { get; }

    /// <summary>
    /// Where the credentials in use came from ("environment variable AWS_ACCESS_KEY_ID", "anonymous" …), never what they are; null where none
    /// are needed. Known for certain after the first request.
    /// </summary>
    string? Access => null;

    /// <summary>Uploads in parts; null where this store takes a blob in one piece only.</summary>
    IPartUploads? Parts => null;

    /// <summary>Facts about a blob, or null where there is none of that name.</summary>
    Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken);

    /// <summary>Opens a blob, or <paramref name="range"/> of it, for one forward read.</summary>
    /// <exception cref="BlobNotFoundException">There is none of that name.</exception>
    Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken);

    /// <summary>Stores <paramref name="content"/> under <paramref name="name"/>. May read the content more than once (retries).</summary>
    /// <returns><see cref="WriteOutcome.AlreadyThere"/> only with <see cref="WriteMode.IfAbsent"/>: nothing was changed.</returns>
    Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken);

    /// <summary>Blobs whose name starts with <paramref name="prefix"/>, in the ordinal order of their names. A prefix may end inside a segment.</summary>
    IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes a blob; with <paramref name="versionToken"/> only if it is still that version.</summary>
    /// <returns>False where there was nothing to delete or the version was another.</returns>
    Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken);
}

/// <summary>Bytes that can be read again, so that a failed upload can be retried.</summary>
public interface IContent
{
    /// <summary>Number of bytes.</summary>
    long Length { get; }

    /// <summary>Opens the bytes from <paramref name="offset"/> to the end. Every call returns a new, independent stream.</summary>
    Stream OpenRead(long offset = 0);

    /// <summary>
    /// SHA-256 of all bytes, in lower-case hex, where it is known before they are read: then a reading from the beginning fails sooner than it ends with other bytes. Null where it is not.
    /// </summary>
    string? Sha256 => null;
}

/// <summary>Facts about a blob.</summary>
/// <param name="Name">Its name, relative to the store.</param>
/// <param name="Size">Bytes.</param>
/// <param name="LastModified">By the store's clock.</param>
/// <param name="VersionToken">Changes whenever the bytes do (an ETag or generation); null where the store has none.</param>
public sealed record BlobInfo(string Name, long Size, DateTimeOffset LastModified, string? VersionToken = null);

/// <summary>
/// A range of bytes: <paramref name="Length"/> bytes from <paramref name="Offset"/>, both not negative. A store gives what lies inside
/// the blob: a range that reaches beyond its end is cut there, and one that begins there or later is empty.
/// </summary>
public readonly record struct ByteRange(long Offset, long Length);

/// <summary>Whether a write may replace what is there.</summary>
public enum WriteMode
{
    /// <summary>Write only if the name is free.</summary>
    IfAbsent,

    /// <summary>Replace whatever is there.</summary>
    Overwrite,
}

/// <summary>What a write did.</summary>
public enum WriteOutcome
{
    /// <summary>The bytes are stored.</summary>
    Written,

    /// <summary>The name was taken and is unchanged.</summary>
    AlreadyThere,
}

/// <summary>What a store can do.</summary>
public sealed record BlobStoreTraits
{
    /// <summary>True where of several writers with <see cref="WriteMode.IfAbsent"/> exactly one wins.</summary>
    public required bool AtomicIfAbsent { get; init; }

    /// <summary>True where nothing can be written or deleted.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>False where names cannot be listed (a plain web server): what is wanted is asked for by name.</summary>
    public bool Listable { get; init; } = true;

    /// <summary>True where no network is between: reading a large blob in ranges, or in parts again later, saves nothing.</summary>
    public bool IsLocal { get; init; }

    /// <summary>How many requests at once are sensible.</summary>
    public int Connections { get; init; } = 8;
}
