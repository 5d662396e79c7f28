using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using DataVersion.Storage;

namespace DataVersion.Remotes.Azure;

/// <summary>What blobs and uploads in parts share: the container, the prefix, and how errors are told.</summary>
internal sealed class AzureTarget
{
    public required string Location { get; init; }

    /// <summary>Empty, or with a slash at its end.</summary>
    public required string Prefix { get; init; }

    public required BlobContainerClient Container { get; init; }

    public required AzureFailure Failure { get; init; }

    /// <summary>The access tier of what is written; null for the account's own.</summary>
    public AccessTier? Tier { get; init; }

    public AzureChecksums Checksums { get; } = new();

    public BlockBlobClient Blob(string name)
    {
        BlobNames.Check(name);
        return Container.GetBlockBlobClient(Prefix + name);
    }

    /// <summary>Conditions of a write.</summary>
    public static BlobRequestConditions? ConditionsOf(WriteMode mode) =>
        mode == WriteMode.IfAbsent ? new BlobRequestConditions { IfNoneMatch = ETag.All } : null;

    /// <summary>Whether a refused write says that the name is taken.</summary>
    public static bool IsTaken(AzureRefusalException e, WriteMode mode) => mode == WriteMode.IfAbsent && (e.Status, e.Code) is
        (409, "BlobAlreadyExists" or "BlobImmutableDueToPolicy") or (412, _) or (403, "UnauthorizedBlobOverwrite");

    /// <summary>Runs a request, and tells what goes wrong in our own words.</summary>
    public async Task<T> RunAsync<T>(string doing, Func<Task<T>> request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await request();
        }
        catch (Exception e) when (Translate(e, doing, cancellationToken) is { } error)
        {
            throw error;
        }
    }

    /// <summary>Sends content with the strongest checksum that the server knows.</summary>
    public async Task<T> SendAsync<T>(IContent content, Func<Stream, UploadTransferValidationOptions, Task<T>> send, CancellationToken cancellationToken)
    {
        await using Stream stream = await AzureUploadStream.OpenAsync(content, cancellationToken);
        while (true)
        {
            StorageChecksumAlgorithm checksum = Checksums.Current;
            stream.Position = 0;
            try
            {
                return await send(stream, AzureChecksums.Options(checksum));
            }
            catch (Exception) when (stream is AzureUploadStream { Failure: { } failure })
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
                throw;
            }
            catch (AzureRefusalException e) when (Checksums.StepDown(checksum, e))
            {
                // Once more, with what the server knows.
            }
        }
    }

    private Exception? Translate(Exception e, string doing, CancellationToken cancellationToken)
    {
        if (!cancellationToken.IsCancellationRequested)
            return Failure.From(e, doing);
        return e is OperationCanceledException or DataVersionException ? null : new OperationCanceledException(e.Message, e, cancellationToken);
    }
}
