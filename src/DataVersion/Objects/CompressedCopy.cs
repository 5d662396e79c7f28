using System.Buffers;
using DataVersion.Compression;
using DataVersion.Hashing;
using DataVersion.Platform;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>A large object, compressed into a temporary file that goes when this is disposed of.</summary>
internal sealed class CompressedCopy : IDisposable
{
    private const int Samples = 4;
    // What becomes less by a 32nd or more is worth a file that has to be unpacked to be read.
    private const int WorthShare = 32;

    private readonly string _path;

    private CompressedCopy(string path, IContent content, ObjectId id)
    {
        _path = path;
        Content = content;
        Id = id;
    }

    /// <summary>The compressed bytes.</summary>
    public IContent Content { get; }

    /// <summary>SHA-256 of the compressed bytes.</summary>
    public ObjectId Id { get; }

    /// <summary>Whether compressing pays, by a few pieces of the content.</summary>
    public static async Task<bool> PaysAsync(IContent content, CancellationToken cancellationToken)
    {
        byte[] raw = ArrayPool<byte>.Shared.Rent(SeekTable.FrameBytes);
        byte[] stored = ArrayPool<byte>.Shared.Rent(ZstdFrame.Bound(SeekTable.FrameBytes));
        try
        {
            long before = 0, after = 0;
            for (int i = 0; i < Samples; i++)
            {
                long offset = Math.Max(0, content.Length - SeekTable.FrameBytes) * i / (Samples - 1);
                await using Stream stream = content.OpenRead(offset);
                int count = await stream.ReadAtLeastAsync(raw.AsMemory(0, SeekTable.FrameBytes), SeekTable.FrameBytes, throwOnEndOfStream: false, cancellationToken);
                before += count;
                after += ZstdFrame.Compress(raw.AsSpan(0, count), stored);
            }
            return after < before - before / WorthShare;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    /// <summary>Compresses an object, hashing it on the way.</summary>
    /// <param name="key">The object.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="directory">Where the temporary file goes.</param>
    /// <param name="cancellationToken">Cancels; nothing is left behind.</param>
    /// <exception cref="ObjectCorruptException">The content does not have that id.</exception>
    /// <exception cref="FileAccessException">The disk is full, or the like.</exception>
    public static async Task<CompressedCopy> MakeAsync(ObjectKey key, IContent content, string directory, CancellationToken cancellationToken)
    {
        string path = Path.Combine(directory, TempNames.Create("zst"));
        try
        {
            Directory.CreateDirectory(directory);
            await using (FileStream file = new(path, Creating()))
            {
                await using Stream raw = new HashedOnTheWay(content, key.Id).OpenRead();
                await SeekableZstd.CompressAsync(raw, file, null, cancellationToken);
            }
            FailPoint.Hit("compress.written");
            var stored = new FileContent(path);
            return new CompressedCopy(path, stored, await HashAsync(stored, cancellationToken));
        }
        catch (Exception error)
        {
            Delete(path);
            if (SystemErrors.IsFileError(error))
                throw SystemErrors.From(path, error);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Delete(_path);

    private static async Task<ObjectId> HashAsync(FileContent content, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SeekTable.FrameBytes);
        try
        {
            using var hash = new IdentityHash(HashKind.Sha256);
            await using Stream stream = content.OpenRead();
            while (await stream.ReadAsync(buffer, cancellationToken) is int count and > 0)
                hash.Append(buffer.AsSpan(0, count));
            return hash.Finish();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Readable by nobody else, as whatever is on its way.
    private static FileStreamOptions Creating()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            // Named as temporary: a later command removes it.
        }
    }
}
