namespace DataVersion.Storage;

/// <summary>Uploads in parts whose requests are repeated where they failed for a passing reason.</summary>
internal sealed class RetryingPartUploads(IPartUploads inner, Retry retry) : IPartUploads
{
    public PartLimits Limits => inner.Limits;

    public Task<PartUpload> BeginAsync(string name, long length, long partSize, WriteMode mode, CancellationToken cancellationToken) =>
        retry.RunAsync(() => inner.BeginAsync(name, length, partSize, mode, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<UploadedPart>?> FindPartsAsync(PartUpload upload, CancellationToken cancellationToken) =>
        retry.RunAsync(() => inner.FindPartsAsync(upload, cancellationToken), cancellationToken);

    public Task<UploadedPart> WriteAsync(PartUpload upload, int number, IContent content, CancellationToken cancellationToken) =>
        retry.RunAsync(() => inner.WriteAsync(upload, number, content, cancellationToken), cancellationToken);

    public Task<WriteOutcome> CompleteAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken) =>
        retry.RunAsync(() => inner.CompleteAsync(upload, parts, cancellationToken), cancellationToken);

    public Task AbortAsync(PartUpload upload, CancellationToken cancellationToken) => retry.RunAsync(async () =>
    {
        await inner.AbortAsync(upload, cancellationToken);
        return true;
    }, cancellationToken);
}
