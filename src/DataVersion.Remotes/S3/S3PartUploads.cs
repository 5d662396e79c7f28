using System.Net;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using DataVersion.Storage;

namespace DataVersion.Remotes.S3;

/// <summary>Multipart uploads. An upload that nobody completes or gives up stays until a rule of the bucket removes it.</summary>
internal sealed class S3PartUploads(S3Caller caller) : IPartUploads
{
    /// <summary>What our objects are.</summary>
    public const string ContentType = "application/octet-stream";

    // The server puts all parts together before it answers.
    private static readonly TimeSpan CompleteTimeout = TimeSpan.FromMinutes(10);
    private readonly S3Options _options = caller.Options;

    /// <inheritdoc/>
    public PartLimits Limits { get; } = new() { MinSize = 5L << 20, MaxSize = 5L << 30, MaxParts = 10_000 };

    /// <inheritdoc/>
    public async Task<PartUpload> BeginAsync(string name, long length, long partSize, WriteMode mode, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        var request = new InitiateMultipartUploadRequest
        {
            BucketName = _options.Bucket,
            Key = caller.KeyOf(name),
            ServerSideEncryptionMethod = _options.Encryption,
            ServerSideEncryptionKeyManagementServiceKeyId = _options.KmsKey,
            StorageClass = _options.StorageClass,
        };
        request.Headers.ContentType = ContentType;
        if (_options.Checksums)
        {
            request.ChecksumAlgorithm = ChecksumAlgorithm.CRC64NVME;
            request.ChecksumType = ChecksumType.FULL_OBJECT;
        }
        InitiateMultipartUploadResponse answer = await caller.CallAsync(
            Doing(name), token => caller.Client.InitiateMultipartUploadAsync(request, token), cancellationToken);
        return answer.UploadId is { Length: > 0 } id ? new PartUpload(name, id, length, partSize, mode) : throw S3Errors.NotS3(_options.Location);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<UploadedPart>?> FindPartsAsync(PartUpload upload, CancellationToken cancellationToken)
    {
        var found = new List<UploadedPart>();
        string? marker = null;
        do
        {
            using var guard = new StallGuard(_options.StallTimeout, caller.Clock, cancellationToken);
            string doing = $"list the parts of '{upload.Name}'";
            var request = new ListPartsRequest { BucketName = _options.Bucket, Key = caller.KeyOf(upload.Name), UploadId = upload.Id, PartNumberMarker = marker };
            ListPartsResponse page = await caller.TryAsync(doing, guard, null, token => caller.Client.ListPartsAsync(request, token));
            if (S3Caller.RefusalOf(page) is { } refusal)
                return IsGone(refusal) ? null : throw S3Errors.From(_options, refusal, doing);
            found.AddRange((page.Parts ?? []).Select(p => new UploadedPart(p.PartNumber ?? 0, p.Size ?? 0, S3BlobStore.TagOf(p.ETag))));
            marker = page.IsTruncated == true && page.NextPartNumberMarker is { } next && next.ToString() is { Length: > 0 } text && text != marker ? text : null;
        }
        while (marker is not null);
        return [.. found.Where(p => p.Number >= 1 && p.Number <= upload.Parts && p.Size == upload.SizeOf(p.Number))];
    }

    /// <inheritdoc/>
    public async Task<UploadedPart> WriteAsync(PartUpload upload, int number, IContent content, CancellationToken cancellationToken)
    {
        string doing = $"write part {number} of '{upload.Name}'";
        using var guard = new StallGuard(_options.StallTimeout, caller.Clock, cancellationToken);
        S3Payload payload = await S3Payload.PrepareAsync(content, _options, guard);
        var request = new PartRequest(payload)
        {
            BucketName = _options.Bucket,
            Key = caller.KeyOf(upload.Name),
            UploadId = upload.Id,
            PartNumber = number,
            ChecksumCRC64NVME = payload.Crc64,
        };
        UploadPartResponse answer = await caller.TryAsync(doing, guard, payload, token => caller.Client.UploadPartAsync(request, token));
        if (S3Caller.RefusalOf(answer) is { } refusal)
            throw IsGone(refusal) ? new UploadGoneException(_options.Location, upload.Name) : S3Errors.From(_options, refusal, doing);
        return answer.ETag is { Length: > 0 } tag ? new UploadedPart(number, content.Length, S3BlobStore.TagOf(tag)) : throw S3Errors.NotS3(_options.Location);
    }

    /// <inheritdoc/>
    public async Task<WriteOutcome> CompleteAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken)
    {
        // Not every server honours the condition below: most of what it is for is seen by looking first.
        if (upload.Mode == WriteMode.IfAbsent && await caller.HeadAsync(upload.Name, cancellationToken) is not null)
            return await GiveUpAsync(upload, cancellationToken);

        bool conditional = upload.Mode == WriteMode.IfAbsent && caller.Capabilities.ConditionalCompletes;
        var request = new CompleteMultipartUploadRequest
        {
            BucketName = _options.Bucket,
            Key = caller.KeyOf(upload.Name),
            UploadId = upload.Id,
            IfNoneMatch = conditional ? "*" : null,
            PartETags = [.. parts.OrderBy(p => p.Number).Select(p => new PartETag(p.Number, $"\"{p.Tag}\""))],
        };
        using var guard = new StallGuard(CompleteTimeout, caller.Clock, cancellationToken);
        CompleteMultipartUploadResponse answer = await caller.TryAsync(
            Doing(upload.Name), guard, null, token => caller.Client.CompleteMultipartUploadAsync(request, token));
        if (S3Caller.RefusalOf(answer) is not { } refusal)
            return WriteOutcome.Written;
        if (conditional && S3BlobStore.IsNotImplemented(refusal))
        {
            caller.Capabilities.ConditionalCompletes = false;
            return await CompleteAsync(upload, parts, cancellationToken);
        }
        if (conditional && refusal.Status == HttpStatusCode.PreconditionFailed)
            return await ConditionFailedAsync(upload, parts, cancellationToken);
        if (await IsLostAsync(upload, refusal, cancellationToken))
            return await IsOursAsync(upload, parts, cancellationToken) ? WriteOutcome.Written : throw new UploadGoneException(_options.Location, upload.Name);
        throw S3Errors.From(_options, refusal, Doing(upload.Name));
    }

    /// <inheritdoc/>
    public async Task AbortAsync(PartUpload upload, CancellationToken cancellationToken)
    {
        using var guard = new StallGuard(_options.StallTimeout, caller.Clock, cancellationToken);
        string doing = $"give up the upload of '{upload.Name}'";
        AbortMultipartUploadResponse answer = await caller.TryAsync(doing, guard, null, token => caller.Client.AbortMultipartUploadAsync(
            new AbortMultipartUploadRequest { BucketName = _options.Bucket, Key = caller.KeyOf(upload.Name), UploadId = upload.Id }, token));
        if (S3Caller.RefusalOf(answer) is { } refusal && !IsGone(refusal))
            throw S3Errors.From(_options, refusal, doing);
    }

    private static bool IsGone(S3Refusal refusal) => refusal.Code == "NoSuchUpload" || (refusal.Code is null or "NoSuchKey" && refusal.Status == HttpStatusCode.NotFound);

    private static string Doing(string name) => $"upload '{name}'";

    private async Task<WriteOutcome> GiveUpAsync(PartUpload upload, CancellationToken cancellationToken)
    {
        await AbortAsync(upload, cancellationToken);
        return WriteOutcome.AlreadyThere;
    }

    // Some servers answer so to a condition that they do not know, whether or not the name is taken.
    private async Task<WriteOutcome> ConditionFailedAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken)
    {
        if (await caller.HeadAsync(upload.Name, cancellationToken) is not null)
            return await GiveUpAsync(upload, cancellationToken);
        caller.Capabilities.ConditionalCompletes = false;
        return await CompleteAsync(upload, parts, cancellationToken);
    }

    // An internal error leaves open what was done; some servers also answer so where there is no such upload.
    private async Task<bool> IsLostAsync(PartUpload upload, S3Refusal refusal, CancellationToken cancellationToken) =>
        IsGone(refusal) || refusal.Code is "InvalidPart" or "InvalidPartOrder"
        || (refusal.Status == HttpStatusCode.InternalServerError && await FindPartsAsync(upload, cancellationToken) is null);

    // The answer to an earlier try may have been lost: the finished object then bears the tag that its parts' tags make.
    private async Task<bool> IsOursAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken)
    {
        if (await caller.HeadAsync(upload.Name, cancellationToken) is not { } there || there.ContentLength != upload.Length)
            return false;
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (UploadedPart part in parts.OrderBy(p => p.Number))
        {
            if (part.Tag.Length != 32 || !part.Tag.All(char.IsAsciiHexDigit))
                return false;
            md5.AppendData(Convert.FromHexString(part.Tag));
        }
        return string.Equals(S3BlobStore.TagOf(there.ETag), $"{Convert.ToHexStringLower(md5.GetHashAndReset())}-{parts.Count}", StringComparison.OrdinalIgnoreCase);
    }
}
