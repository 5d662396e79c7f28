using System.Globalization;
using System.Text;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using DataVersion.Storage;

namespace DataVersion.Remotes.Azure;

/// <summary>
/// Uploads in blocks. Azure knows no uploads: a name collects blocks until a list of them is committed. So a block's id says which part of
/// which cut it is, and the fingerprint of its bytes: another run, or another client with the same file, goes on with what is there, and
/// two that send different bytes under one name never mix. Blocks that nobody commits are dropped by Azure after a week.
/// </summary>
internal sealed class AzurePartUploads(AzureTarget target) : IPartUploads
{
    // Names how block ids are made. A change makes a new one: what an old one sent is then not taken for ours.
    private const string Scheme = "dv1";

    /// <inheritdoc/>
    public PartLimits Limits { get; } = new() { MinSize = 1, MaxSize = 4000L << 20, MaxParts = 50_000 };

    /// <inheritdoc/>
    public Task<PartUpload> BeginAsync(string name, long length, long partSize, WriteMode mode, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(new PartUpload(name, Scheme, length, partSize, mode));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<UploadedPart>?> FindPartsAsync(PartUpload upload, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = target.Blob(upload.Name);
        return target.RunAsync<IReadOnlyList<UploadedPart>?>($"ask for the parts of '{upload.Name}'", async () =>
        {
            if (upload.Id != Scheme)
                return null;
            try
            {
                BlockList blocks = await blob.GetBlockListAsync(BlockListTypes.Uncommitted, cancellationToken: cancellationToken);
                // Only a blob that exists has a length: an upload that may not replace it has ended.
                return upload.Mode == WriteMode.IfAbsent && blocks.BlobContentLength > 0 ? null : Select(upload, blocks.UncommittedBlocks);
            }
            catch (AzureRefusalException e) when (e is { Status: 404, Code: "BlobNotFound" })
            {
                return [];
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<UploadedPart> WriteAsync(PartUpload upload, int number, IContent content, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = target.Blob(upload.Name);
        return target.RunAsync($"write part {number} of '{upload.Name}'", async () =>
        {
            string? tag = null;
            await target.SendAsync(content, async (stream, validation) =>
            {
                tag ??= TagOf(upload, number, await AzureFingerprint.OfAsync(stream, cancellationToken));
                stream.Position = 0;
                return await blob.StageBlockAsync(ToBlockId(tag), stream, new BlockBlobStageBlockOptions { TransferValidation = validation }, cancellationToken);
            }, cancellationToken);
            return new UploadedPart(number, content.Length, tag!);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<WriteOutcome> CompleteAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = target.Blob(upload.Name);
        return target.RunAsync($"put together '{upload.Name}'", async () =>
        {
            try
            {
                await blob.CommitBlockListAsync(
                    parts.OrderBy(p => p.Number).Select(p => ToBlockId(p.Tag)),
                    new CommitBlockListOptions { AccessTier = target.Tier, Conditions = AzureTarget.ConditionsOf(upload.Mode) },
                    cancellationToken);
                return WriteOutcome.Written;
            }
            catch (AzureRefusalException e) when (AzureTarget.IsTaken(e, upload.Mode))
            {
                return WriteOutcome.AlreadyThere;
            }
            catch (AzureRefusalException e) when (e.Code is "InvalidBlockList" or "BlobNotFound")
            {
                throw new UploadGoneException(target.Location, upload.Name, e);
            }
        }, cancellationToken);
    }

    /// <summary>Does nothing: Azure can only drop blocks together with the blob of their name, and drops them by itself after a week.</summary>
    public Task AbortAsync(PartUpload upload, CancellationToken cancellationToken)
    {
        BlobNames.Check(upload.Name);
        return cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;
    }

    /// <summary>The parts of this upload among all blocks of the name. Where two clients sent different bytes for a part, none counts.</summary>
    private static UploadedPart[] Select(PartUpload upload, IEnumerable<BlobBlock> blocks) =>
        [.. blocks
            .Select(block => (Tag: FromBlockId(block.Name), block.SizeLong))
            .Where(block => NumberOf(upload, block.Tag) is { } number && block.SizeLong == upload.SizeOf(number))
            .GroupBy(block => NumberOf(upload, block.Tag)!.Value)
            .Where(same => same.Count() == 1)
            .OrderBy(same => same.Key)
            .Select(same => new UploadedPart(same.Key, same.First().SizeLong, same.First().Tag))];

    // Ids of one blob's blocks are all of one length, of at most 64 bytes: numbers are filled up with zeros.
    private static string TagOf(PartUpload upload, int number, string fingerprint) => $"{Cut(upload)}{number:x4}-{fingerprint}";

    private static string Cut(PartUpload upload) => $"{Scheme}-{upload.Length:x12}-{upload.PartSize:x8}-";

    private static int? NumberOf(PartUpload upload, string tag)
    {
        string cut = Cut(upload);
        return tag.StartsWith(cut, StringComparison.Ordinal) && tag.Length > cut.Length + 4 && tag[cut.Length + 4] == '-'
            && int.TryParse(tag.AsSpan(cut.Length, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int number)
            && number > 0 && number <= upload.Parts ? number : null;
    }

    private static string ToBlockId(string tag) => Convert.ToBase64String(Encoding.ASCII.GetBytes(tag));

    private static string FromBlockId(string id)
    {
        var bytes = new byte[id.Length];
        return Convert.TryFromBase64String(id, bytes, out int count) ? Encoding.ASCII.GetString(bytes, 0, count) : "";
    }
}
