using DataVersion.Storage;

namespace DataVersion.Testing.Stores;

/// <summary>A store that passes everything on; a test overrides what it is about.</summary>
public abstract class ForwardingStore(IBlobStore inner) : IBlobStore
{
    public virtual BlobStoreTraits Traits => inner.Traits;

    public string Location => inner.Location;

    public virtual IPartUploads? Parts => inner.Parts;

    public virtual Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken) => inner.StatAsync(name, cancellationToken);

    public virtual Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken) =>
        inner.OpenReadAsync(name, range, cancellationToken);

    public virtual Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken) =>
        inner.WriteAsync(name, content, mode, cancellationToken);

    public virtual IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public virtual Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken) =>
        inner.DeleteAsync(name, versionToken, cancellationToken);
}
