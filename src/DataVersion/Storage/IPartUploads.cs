namespace DataVersion.Storage;

/// <summary>
/// Large blobs in parts that outlive the process that sent them: what another run needs to go on is in the <see cref="PartUpload"/>,
/// which can be written down. Nothing is visible under the blob's name before <see cref="CompleteAsync"/> returns.
/// <para>Errors are those of <see cref="IBlobStore"/>, and <see cref="UploadGoneException"/> where the store has forgotten the upload.</para>
/// </summary>
public interface IPartUploads
{
    /// <summary>What parts may be like.</summary>
    PartLimits Limits { get; }

    /// <summary>Begins an upload of <paramref name="length"/> bytes in parts of <paramref name="partSize"/> (the last may be smaller).</summary>
    Task<PartUpload> BeginAsync(string name, long length, long partSize, WriteMode mode, CancellationToken cancellationToken);

    /// <summary>The whole parts that the store holds, by number; null where it has forgotten the upload.</summary>
    Task<IReadOnlyList<UploadedPart>?> FindPartsAsync(PartUpload upload, CancellationToken cancellationToken);

    /// <summary>Sends a part; a part of the same number is replaced. Where <see cref="PartLimits.InOrder"/>, one after another and the last one completes the blob.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="number">Counted from 1.</param>
    /// <param name="content">The part's bytes. May be read more than once (retries).</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task<UploadedPart> WriteAsync(PartUpload upload, int number, IContent content, CancellationToken cancellationToken);

    /// <summary>Makes a blob of all parts.</summary>
    /// <returns><see cref="WriteOutcome.AlreadyThere"/> only with <see cref="WriteMode.IfAbsent"/>; the upload is then ended and nothing was changed.</returns>
    Task<WriteOutcome> CompleteAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken);

    /// <summary>Gives an upload up and frees what it holds. No error where it is gone already.</summary>
    Task AbortAsync(PartUpload upload, CancellationToken cancellationToken);
}

/// <summary>An upload under way.</summary>
/// <param name="Name">The blob's name.</param>
/// <param name="Id">What the store calls the upload.</param>
/// <param name="Length">Bytes in all.</param>
/// <param name="PartSize">Bytes of every part but the last.</param>
/// <param name="Mode">Whether the finished blob may replace what is there.</param>
public sealed record PartUpload(string Name, string Id, long Length, long PartSize, WriteMode Mode)
{
    /// <summary>How many parts there are.</summary>
    public int Parts => (int)((Length + PartSize - 1) / PartSize);

    /// <summary>Bytes of a part.</summary>
    public long SizeOf(int number) => Math.Min(PartSize, Length - OffsetOf(number));

    /// <summary>Where a part begins.</summary>
    public long OffsetOf(int number) => (number - 1) * PartSize;

    /// <summary>Keeps the id, which may let whoever knows it write, out of logs that print records.</summary>
    public override string ToString() => $"upload of '{Name}' ({Length} bytes)";
}

/// <summary>A part that a store holds.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Tag">What the store says of its bytes (an ETag), and wants back; empty where it says nothing.</param>
public sealed record UploadedPart(int Number, long Size, string Tag);

/// <summary>What a store's parts may be like.</summary>
public sealed record PartLimits
{
    /// <summary>The fewest bytes of a part that is not the last.</summary>
    public required long MinSize { get; init; }

    /// <summary>The most bytes of a part.</summary>
    public required long MaxSize { get; init; }

    /// <summary>The most parts.</summary>
    public required int MaxParts { get; init; }

    /// <summary>Every part but the last is a multiple of this.</summary>
    public long Multiple { get; init; } = 1;

    /// <summary>True where parts go one after another, and the last one completes the blob: nothing may be sent that is not known to be right.</summary>
    public bool InOrder { get; init; }
}

/// <summary>The store has forgotten an upload: it expired, was given up, or is complete.</summary>
public sealed class UploadGoneException(string store, string name, Exception? inner = null)
    : DataVersionException(ErrorKind.Remote, $"remote '{store}': the upload of '{name}' is gone", "push again", inner);
