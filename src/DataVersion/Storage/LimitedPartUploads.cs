namespace DataVersion.Storage;

/// <summary>Uploads in parts whose requests pass the same gate as all others to that store.</summary>
internal sealed class LimitedPartUploads(IPartUploads inner, AdaptiveGate gate) : IPartUploads
{
    public PartLimits Limits => inner.Limits;

    public Task<PartUpload> BeginAsync(string name, long length, long partSize, WriteMode mode, CancellationToken cancellationToken) =>
        LimitedBlobStore.RunAsync(gate, () => inner.BeginAsync(name, length, partSize, mode, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<UploadedPart>?> FindPartsAsync(PartUpload upload, CancellationToken cancellationToken) =>
        LimitedBlobStore.RunAsync(gate, () => inner.FindPartsAsync(upload, cancellationToken), cancellationToken);

    public Task<UploadedPart> WriteAsync(PartUpload upload, int number, IContent content, CancellationToken cancellationToken) =>
        LimitedBlobStore.RunAsync(gate, () => inner.WriteAsync(upload, number, content, cancellationToken), cancellationToken, content.Length);

    public Task<WriteOutcome> CompleteAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken) =>
        LimitedBlobStore.RunAsync(gate, () => inner.CompleteAsync(upload, parts, cancellationToken), cancellationToken);

    public Task AbortAsync(PartUpload upload, CancellationToken cancellationToken) => LimitedBlobStore.RunAsync(gate, async () =>
    {
        await inner.AbortAsync(upload, cancellationToken);
        return true;
    }, cancellationToken);
}
