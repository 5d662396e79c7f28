using System.Runtime.CompilerServices;
using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>
/// Documents on a remote beside its objects: the records of runs (docs/format.md, "Plain remote"). Requests are retried and limited as those of
/// transfers are.
/// </summary>
public sealed class RemoteDocuments : IDisposable
{
    /// <summary>What the names of all documents of runs start with.</summary>
    public const string RunsPrefix = ObjectLayout.Prefix + "runs/";

    private readonly OpenedRemote _remote;
    private readonly string _name;

    private RemoteDocuments(OpenedRemote remote, string name) => (_remote, _name) = (remote, name);

    /// <summary>Opens a remote.</summary>
    /// <param name="repository">Whose remote it is.</param>
    /// <param name="remote">The remote.</param>
    /// <param name="write">To write: an empty place becomes a remote.</param>
    /// <param name="monitor">Told of retries.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="RemoteNotTrustedException">It came with the repository, and is to be written to.</exception>
    /// <exception cref="UsageException">It is read-only, and is to be written to.</exception>
    public static async Task<RemoteDocuments> OpenAsync(
        Repository repository, RemoteSettings remote, bool write, ITransferMonitor monitor, CancellationToken cancellationToken)
    {
        if (write && !remote.Trusted)
            throw new RemoteNotTrustedException(remote.Name, RemoteUrl.Redact(remote.Url));
        return new RemoteDocuments(await OpenedRemote.OpenAsync(repository, remote, default, monitor, write, cancellationToken), remote.Name);
    }

    /// <summary>Stores a document under <see cref="RunsPrefix"/>.</summary>
    public Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken) =>
        _remote.Blobs.WriteAsync(RunsPrefix + name, content, mode, cancellationToken);

    /// <summary>A document's bytes; null where there is none.</summary>
    /// <exception cref="InvalidFormatException">It has more than <paramref name="maxBytes"/>.</exception>
    public Task<byte[]?> TryReadAsync(string name, int maxBytes, CancellationToken cancellationToken) =>
        BoundedReader.TryReadAsync(_remote.Blobs, RunsPrefix + name, maxBytes, $"remote '{_name}': {RunsPrefix}{name}", cancellationToken);

    /// <summary>The documents whose name starts with <paramref name="prefix"/>, in the order of their names, which are relative to <see cref="RunsPrefix"/>.</summary>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlobInfo blob in _remote.Blobs.ListAsync(RunsPrefix + prefix, cancellationToken))
            yield return blob with { Name = blob.Name[RunsPrefix.Length..] };
    }

    /// <summary>False where names cannot be listed (a plain web server).</summary>
    public bool IsListable => _remote.Blobs.Traits.Listable;

    /// <inheritdoc/>
    public void Dispose() => _remote.Dispose();
}
