using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>
/// One file of a version, read in ranges: from the cache where it is there, else from the remote without being stored. Offsets and lengths are bytes.
/// <para>Every byte has been checked when it is handed out. Of a file over 64 MiB on a remote only the blocks of 8 MiB that cover the range are fetched, each checked by
/// its SHA-256 in the block list that the pointer or tree names; read as a whole, the file's own id is checked too, before its last block is handed out. A
/// smaller file has no other proof than its id: it is fetched and checked as a whole, into memory. So is one over 64 MiB whose pointer names no block list, into the cache.</para>
/// <para>Several ranges may be read at once. Memory: the block that is being written and those that are read ahead, or the smaller file.</para>
/// </summary>
public sealed class VersionedFile : IAsyncDisposable
{
    private readonly ContentReader _reader;
    private readonly SmallObjects _small;
    private readonly LazyRemotes _remotes;

    internal VersionedFile(ContentReader reader, SmallObjects small, LazyRemotes remotes) => (_reader, _small, _remotes) = (reader, small, remotes);

    /// <summary>The tracked path and the path below it, relative to the workspace's root, with '/'; symbolic links followed.</summary>
    public required string Path { get; init; }

    /// <summary>Names its contents.</summary>
    public required ObjectId Id { get; init; }

    /// <summary>True for an executable file.</summary>
    public required bool Executable { get; init; }

    /// <summary>Bytes in all.</summary>
    public long Size => _reader.Size;

    /// <summary>Requests to remotes so far.</summary>
    public long Requests => _remotes.Requests;

    /// <summary>Requests that had to be repeated.</summary>
    public long Retries => _remotes.Retries;

    /// <summary>Writes a part of the file.</summary>
    /// <param name="offset">Where it begins: from 0 to <see cref="Size"/>, where there is nothing left.</param>
    /// <param name="length">How long it is, cut at the file's end; null for all that follows.</param>
    /// <param name="destination">Receives the bytes, in order.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <exception cref="UsageException">It begins beyond the end of the file.</exception>
    /// <exception cref="ObjectMissingException">The file, or its block list, is neither in the cache nor on the remote.</exception>
    /// <exception cref="ObjectCorruptException">Its bytes are others. What was written before is right.</exception>
    /// <exception cref="RemoteException">The remote cannot be reached, or denies access.</exception>
    public Task CopyToAsync(long offset, long? length, Stream destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0);
        if (offset > Size)
            throw new UsageException($"'{PathRules.Printable(Path)}' has {Size} bytes: there is no byte {offset}");
        return _reader.CopyToAsync(new ByteRange(offset, Math.Min(length ?? long.MaxValue, Size - offset)), destination, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _small.DisposeAsync();
        _remotes.Dispose();
    }
}
