using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using DataVersion.Storage;
using BlobInfo = DataVersion.Storage.BlobInfo;

namespace DataVersion.Remotes.Azure;

/// <summary>Blobs in a container of Azure Blob Storage. Version tokens are ETags.</summary>
internal sealed class AzureBlobStore(AzureTarget target, AzureAccess access) : IBlobStore
{
    // With more, one machine gains nothing; an account answers 20,000 requests a second.
    private const int SensibleConnections = 32;
    // A range that reaches further is as good as one without an end, and no server stumbles over it.
    private const long Endless = 1L << 50;

    /// <inheritdoc/>
    public BlobStoreTraits Traits { get; } = new() { AtomicIfAbsent = true, Connections = SensibleConnections };

    /// <inheritdoc/>
    public string Location => target.Location;

    /// <inheritdoc/>
    public string? Access => access.Source;

    /// <inheritdoc/>
    public IPartUploads Parts { get; } = new AzurePartUploads(target);

    /// <summary>The checksum that uploads carry.</summary>
    internal AzureChecksums Checksums => target.Checksums;

    /// <inheritdoc/>
    public Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = target.Blob(name);
        return target.RunAsync($"look for '{name}'", async () =>
        {
            try
            {
                BlobProperties found = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
                return IsFolder(found.Metadata) ? null : new BlobInfo(name, found.ContentLength, found.LastModified, TokenOf(found.ETag));
            }
            catch (AzureRefusalException e) when (IsNoBlob(e))
            {
                return null;
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = target.Blob(name);
        if (range is { Length: 0 })
            return await StatAsync(name, cancellationToken) is null ? throw new BlobNotFoundException(Location, name) : Stream.Null;
        return await target.RunAsync($"read '{name}'", async () =>
        {
            try
            {
                BlobDownloadStreamingResult found = await blob.DownloadStreamingAsync(new BlobDownloadOptions { Range = RangeOf(range) }, cancellationToken);
                if (!IsFolder(found.Details.Metadata))
                    return found.Content;
                found.Dispose();
                throw new BlobNotFoundException(Location, name);
            }
            catch (AzureRefusalException e) when (IsNoBlob(e))
            {
                throw new BlobNotFoundException(Location, name, e);
            }
            catch (AzureRefusalException e) when (e.Status == 416)
            {
                return Stream.Null;
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken)
    {
        WriteOutcome outcome = await PutAsync(name, content, mode, cancellationToken);
        if (outcome == WriteOutcome.Written || await StatAsync(name, cancellationToken) is not null)
            return outcome;
        // Nothing but blocks that someone sent and never committed: the emulator takes a name for taken by those, a list of blocks does not.
        PartUpload upload = await Parts.BeginAsync(name, content.Length, Math.Max(1, content.Length), mode, cancellationToken);
        UploadedPart[] parts = content.Length == 0 ? [] : [await Parts.WriteAsync(upload, 1, content, cancellationToken)];
        return await Parts.CompleteAsync(upload, parts, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobNames.CheckPrefix(prefix);
        // Metadata tells the folders apart that accounts with a hierarchical namespace list among the blobs; ours have none to send.
        await using IAsyncEnumerator<BlobItem> blobs = target.Container
            .GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, target.Prefix + prefix, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        string? last = null;
        while (await target.RunAsync("list what is there", async () => await blobs.MoveNextAsync(), cancellationToken))
        {
            BlobItem blob = blobs.Current;
            if (IsFolder(blob.Metadata))
                continue;
            string name = blob.Name[target.Prefix.Length..];
            if (string.CompareOrdinal(last, name) >= 0)
                throw new RemoteException(Location, $"lists '{name}' after '{last}', out of order", "is it a container of Azure Blob Storage?");
            last = name;
            BlobItemProperties facts = blob.Properties;
            yield return new BlobInfo(name, facts.ContentLength ?? 0, facts.LastModified ?? default, facts.ETag is { } tag ? TokenOf(tag) : null);
        }
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = target.Blob(name);
        return target.RunAsync($"delete '{name}'", async () =>
        {
            try
            {
                BlobRequestConditions? conditions = versionToken is null ? null : new BlobRequestConditions { IfMatch = new ETag(versionToken) };
                await blob.DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, conditions, cancellationToken);
                return true;
            }
            catch (AzureRefusalException e) when (IsNoBlob(e) || (e.Status == 412 && e.Code is null or "ConditionNotMet" or "TargetConditionNotMet"))
            {
                return false;
            }
        }, cancellationToken);
    }

    private Task<WriteOutcome> PutAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = target.Blob(name);
        return target.RunAsync($"write '{name}'", async () =>
        {
            try
            {
                await target.SendAsync(content, (stream, validation) => blob.UploadAsync(
                    stream,
                    new BlobUploadOptions
                    {
                        AccessTier = target.Tier,
                        Conditions = AzureTarget.ConditionsOf(mode),
                        TransferValidation = validation,
                        // In one request, whatever the size up to Azure's limit of 5,000 MiB.
                        TransferOptions = new() { InitialTransferSize = long.MaxValue },
                    },
                    cancellationToken), cancellationToken);
                return WriteOutcome.Written;
            }
            catch (AzureRefusalException e) when (AzureTarget.IsTaken(e, mode))
            {
                return WriteOutcome.AlreadyThere;
            }
        }, cancellationToken);
    }

    private static bool IsNoBlob(AzureRefusalException e) => e.Status == 404 && string.IsNullOrEmpty(e.Code) | e.Code == "BlobNotFound";

    private static bool IsFolder(IDictionary<string, string>? metadata) =>
        metadata is not null && metadata.TryGetValue("hdi_isfolder", out string? folder) && string.Equals(folder, "true", StringComparison.OrdinalIgnoreCase);

    // A listing gives tags without quotes, all else with.
    private static string TokenOf(ETag tag) => tag.ToString().Trim('"');

    private static HttpRange RangeOf(ByteRange? range) => range switch
    {
        null => default,
        { Length: >= Endless } endless => new HttpRange(endless.Offset),
        { } part => new HttpRange(part.Offset, part.Length),
    };
}
