using System.Globalization;
using System.Runtime.CompilerServices;

namespace DataVersion.Storage;

/// <summary>A store that lives as long as the process: the reference for what <see cref="IBlobStore"/> promises, durability aside.</summary>
public sealed class MemoryBlobStore : IBlobStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Blob> _blobs = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;
    private long _versions;

    /// <param name="clock">Dates the blobs; the system's where none is given.</param>
    /// <param name="location">What it calls itself.</param>
    public MemoryBlobStore(TimeProvider? clock = null, string location = "memory")
    {
        _clock = clock ?? TimeProvider.System;
        Location = location;
        Parts = new MemoryPartUploads(this);
    }

    /// <inheritdoc/>
    public BlobStoreTraits Traits { get; } = new() { AtomicIfAbsent = true };

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public IPartUploads? Parts { get; }

    /// <inheritdoc/>
    public Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return Task.FromResult(_blobs.TryGetValue(name, out Blob? blob) ? blob.Info(name) : null);
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        ReadOnlyMemory<byte> bytes;
        lock (_lock)
            bytes = _blobs.TryGetValue(name, out Blob? blob) ? blob.Bytes : throw new BlobNotFoundException(Location, name);
        if (range is { } part)
        {
            var offset = (int)Math.Min(part.Offset, bytes.Length);
            bytes = bytes.Slice(offset, (int)Math.Min(part.Length, bytes.Length - offset));
        }
        return Task.FromResult<Stream>(new ReadOnlyMemoryStream(bytes));
    }

    /// <inheritdoc/>
    public async Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        byte[] bytes = await ReadAllAsync(content, cancellationToken);
        lock (_lock)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (mode == WriteMode.IfAbsent && _blobs.ContainsKey(name))
                return WriteOutcome.AlreadyThere;
            _blobs[name] = new Blob(bytes, _clock.GetUtcNow(), ++_versions);
            return WriteOutcome.Written;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobNames.CheckPrefix(prefix);
        List<BlobInfo> found;
        lock (_lock)
            found = [.. _blobs.Where(b => b.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(b => b.Value.Info(b.Key))];
        foreach (BlobInfo blob in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return blob;
        }
        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            bool matches = _blobs.TryGetValue(name, out Blob? blob) && (versionToken is null || versionToken == blob.Token);
            return Task.FromResult(matches && _blobs.Remove(name));
        }
    }

    internal static async Task<byte[]> ReadAllAsync(IContent content, CancellationToken cancellationToken)
    {
        var bytes = new byte[content.Length];
        int done = 0;
        await ContentCopy.RunAsync(content, piece =>
        {
            piece.CopyTo(bytes.AsMemory(done));
            done += piece.Length;
            return ValueTask.CompletedTask;
        }, cancellationToken);
        return bytes;
    }

    private sealed record Blob(byte[] Bytes, DateTimeOffset Time, long Version)
    {
        public string Token => Version.ToString(CultureInfo.InvariantCulture);

        public BlobInfo Info(string name) => new(name, Bytes.Length, Time, Token);
    }
}
