using System.Collections.Concurrent;
using DataVersion.Compression;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>
/// Reads large objects of a compressed remote: the blob <c>NAME.zst</c> in zstd's seekable format, or the plain blob where compressing did not pay.
/// May be used by several threads.
/// </summary>
internal sealed class CompressedObjects(IBlobStore store, string remote)
{
    // Nothing of one blob can be read without its table, and there are few large objects: they are kept.
    private readonly ConcurrentDictionary<ObjectKey, SeekTable> _tables = new();

    /// <summary>Opens an object, or a range of it. The bytes are not checked.</summary>
    /// <returns>Null where there is no compressed blob of it.</returns>
    /// <exception cref="ObjectCorruptException">The blob is not in that format; the stream throws the same where it cannot be decompressed.</exception>
    public async Task<Stream?> TryOpenAsync(ObjectKey key, ByteRange? range, CancellationToken cancellationToken)
    {
        if (!_tables.TryGetValue(key, out SeekTable? table))
        {
            if (await StatAsync(key, cancellationToken) is not { } there)
                return null;
            table = await SeekTable.TryReadAsync(there.Size, Open(key), cancellationToken) ?? throw Corrupt(key, $"{there.Size} bytes without the table of zstd's seekable format");
            _tables[key] = table;
        }
        return new MappedStream(await new SeekableReader(table, Open(key)).OpenReadAsync(range, cancellationToken), error =>
        {
            // It may be another blob by now.
            _tables.TryRemove(key, out _);
            return Corrupt(key, error);
        });
    }

    /// <summary>Whether there is a compressed blob.</summary>
    public async Task<bool> ExistsAsync(ObjectKey key, CancellationToken cancellationToken) => await StatAsync(key, cancellationToken) is not null;

    /// <summary>Whether the compressed blob has a table that agrees with the blob's size and the object's; null where there is no such blob.</summary>
    public async Task<bool?> IsWholeAsync(ObjectKey key, long? size, CancellationToken cancellationToken)
    {
        if (await StatAsync(key, cancellationToken) is not { } there)
            return null;
        return await SeekTable.TryReadAsync(there.Size, Open(key), cancellationToken) is { } table && (size is null || size == table.RawSize);
    }

    private async Task<BlobInfo?> StatAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await store.StatAsync(ObjectLayout.CompressedNameOf(key), cancellationToken);
        }
        catch (RemoteException e) when (e.IsDenied)
        {
            // Without the right to list, S3 answers 403 for what is not there. Reading the plain blob will tell.
            return null;
        }
    }

    private Func<ByteRange, CancellationToken, Task<Stream>> Open(ObjectKey key) =>
        (range, token) => store.OpenReadAsync(ObjectLayout.CompressedNameOf(key), range, token);

    private ObjectCorruptException Corrupt(ObjectKey key, string actual) => new(key.Id.ToString(), actual, $"on remote '{remote}'", ObjectStore.HealHint);

    private sealed class MappedStream(Stream inner, Func<string, Exception> map) : ForwardStream
    {
        public override int Read(Span<byte> buffer)
        {
            try
            {
                return inner.Read(buffer);
            }
            catch (InvalidDataException e)
            {
                throw map(e.Message);
            }
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await inner.ReadAsync(buffer, cancellationToken);
            }
            catch (InvalidDataException e)
            {
                throw map(e.Message);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
