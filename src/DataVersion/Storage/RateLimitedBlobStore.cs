namespace DataVersion.Storage;

/// <summary>A store whose contents move no faster than a <see cref="RateLimit"/> allows; requests without contents are not held up.</summary>
public sealed class RateLimitedBlobStore(IBlobStore inner, RateLimit limit) : IBlobStore
{
    /// <inheritdoc/>
    public BlobStoreTraits Traits => inner.Traits;

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public string? Access => inner.Access;

    /// <inheritdoc/>
    public IPartUploads? Parts { get; } = inner.Parts is { } parts ? new LimitedParts(parts, limit) : null;

    /// <inheritdoc/>
    public Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken) => inner.StatAsync(name, cancellationToken);

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken) =>
        new RateLimitedStream(await inner.OpenReadAsync(name, range, cancellationToken), limit);

    /// <inheritdoc/>
    public Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken) =>
        inner.WriteAsync(name, new LimitedContent(content, limit), mode, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken) =>
        inner.DeleteAsync(name, versionToken, cancellationToken);

    private sealed class LimitedContent(IContent inner, RateLimit limit) : IContent
    {
        public long Length => inner.Length;

        public string? Sha256 => inner.Sha256;

        public Stream OpenRead(long offset = 0) => new RateLimitedStream(inner.OpenRead(offset), limit);

        public override string? ToString() => inner.ToString();
    }

    private sealed class LimitedParts(IPartUploads inner, RateLimit limit) : IPartUploads
    {
        public PartLimits Limits => inner.Limits;

        public Task<PartUpload> BeginAsync(string name, long length, long partSize, WriteMode mode, CancellationToken cancellationToken) =>
            inner.BeginAsync(name, length, partSize, mode, cancellationToken);

        public Task<IReadOnlyList<UploadedPart>?> FindPartsAsync(PartUpload upload, CancellationToken cancellationToken) =>
            inner.FindPartsAsync(upload, cancellationToken);

        public Task<UploadedPart> WriteAsync(PartUpload upload, int number, IContent content, CancellationToken cancellationToken) =>
            inner.WriteAsync(upload, number, new LimitedContent(content, limit), cancellationToken);

        public Task<WriteOutcome> CompleteAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken) =>
            inner.CompleteAsync(upload, parts, cancellationToken);

        public Task AbortAsync(PartUpload upload, CancellationToken cancellationToken) => inner.AbortAsync(upload, cancellationToken);
    }

    private sealed class RateLimitedStream(Stream inner, RateLimit limit) : ForwardStream
    {
        public override int Read(Span<byte> buffer)
        {
            int count = inner.Read(buffer[..Math.Min(buffer.Length, limit.Piece)]);
            limit.PayAsync(count, CancellationToken.None).GetAwaiter().GetResult();
            return count;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, limit.Piece)], cancellationToken);
            await limit.PayAsync(count, cancellationToken);
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
