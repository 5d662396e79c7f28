using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using DataVersion.Storage;
using ByteRange = DataVersion.Storage.ByteRange;
using HttpRange = Amazon.S3.Model.ByteRange;

namespace DataVersion.Remotes.S3;

/// <summary>
/// A store in a bucket of S3, or of a server that speaks its language. What the server cannot do is found out when it says so
/// (<see cref="S3Capabilities"/>) and done in another way.
/// </summary>
internal sealed class S3BlobStore(S3Caller caller, KeySource keys) : IBlobStore
{
    private readonly S3Options _options = caller.Options;
    private readonly S3PartUploads _parts = new(caller);

    /// <inheritdoc/>
    public BlobStoreTraits Traits => new() { AtomicIfAbsent = caller.Capabilities.ConditionalWrites, Connections = 32 };

    /// <inheritdoc/>
    public string Location => _options.Location;

    /// <inheritdoc/>
    public string? Access => keys.Description;

    /// <inheritdoc/>
    public IPartUploads? Parts => _parts;

    /// <summary>The error for a request that nothing moved in for too long.</summary>
    public static RemoteException Stalled(S3Options options, string doing, Exception inner) =>
        new(options.Location, $"cannot {doing}: nothing moved for {options.StallTimeout.TotalSeconds:0} s", "is the network up?", inner) { IsTransient = true };

    /// <inheritdoc/>
    public async Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        return await caller.HeadAsync(name, cancellationToken) is { } answer
            ? new BlobInfo(name, answer.ContentLength, TimeOf(answer.LastModified), TagOf(answer.ETag))
            : null;
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        if (range is { Length: 0 })
            return await caller.HeadAsync(name, cancellationToken) is null ? throw new BlobNotFoundException(Location, name) : Stream.Null;
        string doing = $"read '{name}'";
        using var guard = new StallGuard(_options.StallTimeout, caller.Clock, cancellationToken);
        GetObjectResponse answer = await caller.TryAsync(doing, guard, null, token => caller.Client.GetObjectAsync(
            new GetObjectRequest { BucketName = _options.Bucket, Key = caller.KeyOf(name), ByteRange = RangeOf(range) }, token));
        if (S3Caller.RefusalOf(answer) is { } refusal)
        {
            if (refusal.Status == HttpStatusCode.RequestedRangeNotSatisfiable)
                return Stream.Null;
            if (refusal.Status == HttpStatusCode.NotFound && refusal.Code != "NoSuchBucket")
                throw new BlobNotFoundException(Location, name);
            throw S3Errors.From(_options, refusal, doing);
        }
        if (answer.ETag is not { Length: > 0 })
        {
            answer.Dispose();
            throw S3Errors.NotS3(Location);
        }
        if (range is { } part && answer.HttpStatusCode != HttpStatusCode.PartialContent && (part.Offset > 0 || answer.ContentLength > part.Length))
        {
            answer.Dispose();
            throw new RemoteException(Location, $"cannot {doing}: the server sends the whole where a range was asked for", "this server cannot be used");
        }
        return new S3ReadStream(answer.ResponseStream, _options, name, caller.Clock);
    }

    /// <inheritdoc/>
    public async Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        bool conditional = mode == WriteMode.IfAbsent && caller.Capabilities.ConditionalWrites;
        if (mode == WriteMode.IfAbsent && !conditional && await caller.HeadAsync(name, cancellationToken) is not null)
            return WriteOutcome.AlreadyThere;

        string doing = $"write '{name}'";
        using var guard = new StallGuard(_options.StallTimeout, caller.Clock, cancellationToken);
        S3Payload payload = await S3Payload.PrepareAsync(content, _options, guard);
        PutObjectResponse answer = await caller.TryAsync(doing, guard, payload, token => caller.Client.PutObjectAsync(PutOf(name, payload, conditional), token));
        if (S3Caller.RefusalOf(answer) is not { } refusal)
            return answer.ETag is { Length: > 0 } ? WriteOutcome.Written : throw S3Errors.NotS3(Location);
        if (conditional && refusal.Status == HttpStatusCode.PreconditionFailed)
            return WriteOutcome.AlreadyThere;
        if (conditional && IsNotImplemented(refusal))
        {
            caller.Capabilities.ConditionalWrites = false;
            return await WriteAsync(name, content, mode, cancellationToken);
        }
        throw S3Errors.From(_options, refusal, doing);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobNames.CheckPrefix(prefix);
        string? next = null;
        do
        {
            // Keys may hold what XML cannot: they are asked for in URL encoding.
            var request = new ListObjectsV2Request
            {
                BucketName = _options.Bucket,
                Prefix = caller.KeyOf(prefix),
                ContinuationToken = next,
                Encoding = EncodingType.Url,
            };
            ListObjectsV2Response page = await caller.CallAsync(
                $"list '{prefix}'", token => caller.Client.ListObjectsV2Async(request, token), cancellationToken);
            bool encoded = page.Encoding == EncodingType.Url;
            foreach (S3Object found in page.S3Objects ?? [])
            {
                if (NameOf(encoded ? WebUtility.UrlDecode(found.Key) : found.Key) is { } name)
                    yield return new BlobInfo(name, found.Size ?? 0, TimeOf(found.LastModified), TagOf(found.ETag));
            }
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Few servers delete on a condition: what is there is looked at first, and a write between that look and the deletion would be lost.
    /// Nothing that may be written by another at the same time is deleted by its token without a protocol around it (docs/format.md, "collect").
    /// </remarks>
    public async Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        if (await caller.HeadAsync(name, cancellationToken) is not { } there || (versionToken is not null && TagOf(there.ETag) != versionToken))
            return false;
        var request = new DeleteObjectRequest { BucketName = _options.Bucket, Key = caller.KeyOf(name) };
        await caller.CallAsync($"delete '{name}'", token => caller.Client.DeleteObjectAsync(request, token), cancellationToken);
        return true;
    }

    /// <summary>Whether a server says that it does not know conditions.</summary>
    internal static bool IsNotImplemented(S3Refusal refusal) =>
        refusal.Status == HttpStatusCode.NotImplemented || refusal.Code is "NotImplemented" or "MethodNotAllowed" or "UnsupportedHeader";

    private static HttpRange? RangeOf(ByteRange? range) => range switch
    {
        null => null,
        { } part when part.Length > long.MaxValue - part.Offset - 1 => new HttpRange($"bytes={part.Offset}-"),
        { } part => new HttpRange(part.Offset, part.Offset + part.Length - 1),
    };

    // A list tells fractions of a second, HEAD does not: the same object has the same time.
    private static DateTimeOffset TimeOf(DateTime? time) =>
        DateTimeOffset.FromUnixTimeSeconds(new DateTimeOffset(time?.ToUniversalTime() ?? DateTime.UnixEpoch).ToUnixTimeSeconds());

    /// <summary>An ETag as we keep it: servers, and requests of one server, differ in quotation marks.</summary>
    internal static string TagOf(string? etag) => etag?.Trim('"') ?? "";

    private PutRequest PutOf(string name, S3Payload payload, bool conditional)
    {
        var request = new PutRequest(payload)
        {
            BucketName = _options.Bucket,
            Key = caller.KeyOf(name),
            IfNoneMatch = conditional ? "*" : null,
            ChecksumCRC64NVME = payload.Crc64,
            ServerSideEncryptionMethod = _options.Encryption,
            ServerSideEncryptionKeyManagementServiceKeyId = _options.KmsKey,
            StorageClass = _options.StorageClass,
        };
        request.Headers.ContentType = S3PartUploads.ContentType;
        return request;
    }

    // Others may keep things in the bucket that could never be ours.
    private string? NameOf(string key)
    {
        if (!key.StartsWith(_options.Prefix, StringComparison.Ordinal))
            return null;
        string name = key[_options.Prefix.Length..];
        try
        {
            BlobNames.Check(name);
            return name;
        }
        catch (UnsafePathException)
        {
            return null;
        }
    }
}
