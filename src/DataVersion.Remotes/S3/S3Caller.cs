using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using DataVersion.Remotes.Http;

namespace DataVersion.Remotes.S3;

/// <summary>Makes requests of one bucket, and turns what goes wrong into our errors. What both halves of the store share.</summary>
internal sealed class S3Caller(S3Options options, AmazonS3Client client, TimeProvider clock)
{
    public S3Options Options => options;

    public AmazonS3Client Client => client;

    public TimeProvider Clock => clock;

    public S3Capabilities Capabilities { get; } = new();

    public string KeyOf(string name) => options.Prefix + name;

    /// <summary>
    /// Makes one request. The answer may be a refusal: the caller looks for those that it expects, and hands the others to <see cref="ErrorAsync"/>.
    /// </summary>
    public async Task<T> TryAsync<T>(string doing, StallGuard guard, S3Payload? payload, Func<CancellationToken, Task<T>> request)
        where T : AmazonWebServiceResponse
    {
        try
        {
            T answer = await request(guard.Token);
            if (answer.ResponseMetadata is not S3Refusal || RefusalOf(answer)?.Code is "NoSuchKey" or "NoSuchUpload")
                Capabilities.BucketSeen = true;
            return answer;
        }
        catch (Exception e) when (payload?.Failure is { } failure && e is not OperationCanceledException)
        {
            throw failure;
        }
        catch (OperationCanceledException e) when (guard.IsStalled)
        {
            throw S3BlobStore.Stalled(options, doing, e);
        }
        catch (Exception e) when (e is not (OperationCanceledException or DataVersionException) && HttpFailure.FromException(options.Location, doing, e) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>The same without a body, where only success will do.</summary>
    public async Task<T> CallAsync<T>(string doing, Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
        where T : AmazonWebServiceResponse
    {
        using var guard = new StallGuard(options.StallTimeout, clock, cancellationToken);
        T answer = await TryAsync(doing, guard, null, request);
        return RefusalOf(answer) is { } refusal ? throw S3Errors.From(options, refusal, doing) : answer;
    }

    /// <summary>HEAD; null where there is nothing of that name.</summary>
    public async Task<GetObjectMetadataResponse?> HeadAsync(string name, CancellationToken cancellationToken)
    {
        string doing = $"look for '{name}'";
        using var guard = new StallGuard(options.StallTimeout, clock, cancellationToken);
        GetObjectMetadataResponse answer = await TryAsync(doing, guard, null, token => client.GetObjectMetadataAsync(
            new GetObjectMetadataRequest { BucketName = options.Bucket, Key = KeyOf(name) }, token));
        if (RefusalOf(answer) is not { } refusal)
            return answer.ETag is { Length: > 0 } ? answer : throw S3Errors.NotS3(options.Location);
        if (refusal.Status == HttpStatusCode.NotFound)
        {
            await RequireBucketAsync(cancellationToken);
            return null;
        }
        throw await ErrorAsync(refusal, doing, name, cancellationToken);
    }

    /// <summary>The error for a refusal. An answer to HEAD has no body that says why: the same is asked by GET, whose answer has one.</summary>
    public async Task<RemoteException> ErrorAsync(S3Refusal refusal, string doing, string name, CancellationToken cancellationToken)
    {
        if (refusal.Code is null && refusal.Status is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.MovedPermanently)
        {
            using var guard = new StallGuard(options.StallTimeout, clock, cancellationToken);
            using GetObjectResponse answer = await TryAsync(doing, guard, null, token => client.GetObjectAsync(
                new GetObjectRequest { BucketName = options.Bucket, Key = KeyOf(name), ByteRange = new ByteRange(0, 0) }, token));
            if (RefusalOf(answer) is { Code: not (null or "NoSuchKey" or "InvalidRange") } explained)
                refusal = explained;
        }
        return S3Errors.From(options, refusal, doing);
    }

    /// <summary>The refusal that an answer is; null where it is none.</summary>
    public static S3Refusal? RefusalOf(AmazonWebServiceResponse answer) => answer.ResponseMetadata as S3Refusal;

    // A missing bucket and a missing name look alike to HEAD: asked once, until some answer has shown the bucket.
    private async Task RequireBucketAsync(CancellationToken cancellationToken)
    {
        if (Capabilities.BucketSeen)
            return;
        using var guard = new StallGuard(options.StallTimeout, clock, cancellationToken);
        ListObjectsV2Response answer = await TryAsync("look for the bucket", guard, null, token => client.ListObjectsV2Async(
            new ListObjectsV2Request { BucketName = options.Bucket, Prefix = options.Prefix, MaxKeys = 1 }, token));
        // Whoever may not list still sees that there is a bucket.
        if (RefusalOf(answer) is { Code: "NoSuchBucket" } refusal)
            throw S3Errors.From(options, refusal, "look for the bucket");
        Capabilities.BucketSeen = true;
    }
}
