using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Storage;

namespace DataVersion.Testing.Servers;

/// <summary>
/// As much of S3 as a test of refusals and checksums needs: objects and uploads in parts in memory. <see cref="Refuse"/> comes first, so that a test
/// can answer as some server does. It checks what AWS checks of an upload: <c>x-amz-content-sha256</c> against the body.
/// </summary>
public sealed class FakeS3 : IDisposable
{
    /// <summary>The bucket that is there.</summary>
    public const string Bucket = "bucket";

    private readonly ConcurrentDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte[]> _parts = new(StringComparer.Ordinal);

    public FakeS3(bool tls = false, System.Net.IPEndPoint? listensOn = null) => Server = new FakeHttpServer(Answer, tls, listensOn);

    /// <summary>The server itself.</summary>
    public FakeHttpServer Server { get; }

    /// <summary>Answers in the place of S3; null lets S3 answer.</summary>
    public Func<FakeRequest, FakeAnswer?> Refuse { get; set; } = _ => null;

    /// <summary>What S3 answers when it refuses.</summary>
    public static FakeAnswer Error(int status, string code, string more = "", params (string Name, string Value)[] headers) =>
        FakeAnswer.Text(status, $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>Secret text.</Message>{more}</Error>",
            [("Content-Type", "application/xml"), ("x-amz-request-id", "1"), .. headers]);

    /// <summary>Opens a store on it. Options go over the usual ones; an empty value removes one.</summary>
    public IBlobStore Open(params (string Name, string Value)[] options) => RemoteStores.Open(Context(options));

    public RemoteContext Context(params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string> { ["endpoint"] = Server.Address, ["accesskeyid"] = "AKID", ["secretaccesskey"] = "s3cret-s3cret" };
        foreach ((string name, string value) in options)
            all[name] = value;
        return new RemoteContext
        {
            Settings = new RemoteSettings { Name = "fake", Url = $"s3://{Bucket}/pre", Options = all, Trusted = true },
            Variables = new Dictionary<string, string> { ["AWS_EC2_METADATA_DISABLED"] = "true" },
            Meter = new RequestMeter(),
        };
    }

    public void Dispose() => Server.Dispose();

    private static string ETag(byte[] bytes) => $"\"{Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, bytes))}\"";

    private FakeAnswer? Answer(FakeRequest request)
    {
        if (Refuse(request) is { } refusal)
            return refusal.Status == 0 ? null : refusal;
        string hash = request.Header("x-amz-content-sha256") ?? "";
        if (hash != "UNSIGNED-PAYLOAD" && hash != Convert.ToHexStringLower(SHA256.HashData(request.Body)))
            return Error(400, "XAmzContentSHA256Mismatch");
        return (request.Method, request.Query) switch
        {
            ("POST", "uploads=") => Document("<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>"),
            ("POST", _) => Complete(request),
            ("PUT", "") => Put(request),
            ("PUT", _) => Part(request),
            ("GET", _) when request.Query.StartsWith("list-type", StringComparison.Ordinal) || request.Path == $"/{Bucket}/" => Document("<ListBucketResult/>"),
            ("GET" or "HEAD", _) => Get(request),
            _ => new FakeAnswer(204, [], ("x-amz-request-id", "1")),
        };
    }

    private FakeAnswer Put(FakeRequest request)
    {
        if (request.Header("If-None-Match") == "*")
        {
            if (!_objects.TryAdd(request.Path, request.Body))
                return Error(412, "PreconditionFailed");
        }
        else
        {
            _objects[request.Path] = request.Body;
        }
        return new FakeAnswer(200, [], ("ETag", ETag(request.Body)), ("x-amz-request-id", "1"));
    }

    private FakeAnswer Get(FakeRequest request)
    {
        if (!_objects.TryGetValue(request.Path, out byte[]? bytes))
            return Error(404, "NoSuchKey");
        (string, string)[] headers = [("ETag", ETag(bytes)), ("Last-Modified", "Sat, 21 Nov 2026 04:00:00 GMT"), ("x-amz-request-id", "1")];
        if (request.Header("Range") is not { } range || request.Method != "GET")
            return new FakeAnswer(200, bytes, headers);
        string[] ends = range["bytes=".Length..].Split('-');
        int first = int.Parse(ends[0], CultureInfo.InvariantCulture);
        int last = ends[1].Length == 0 ? bytes.Length - 1 : Math.Min(int.Parse(ends[1], CultureInfo.InvariantCulture), bytes.Length - 1);
        return first > last
            ? Error(416, "InvalidRange")
            : new FakeAnswer(206, bytes[first..(last + 1)], [("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes {first}-{last}/{bytes.Length}")), .. headers]);
    }

    private FakeAnswer Part(FakeRequest request)
    {
        _parts[request.Query.Split('&')[0]["partNumber=".Length..]] = request.Body;
        return new FakeAnswer(200, [], ("ETag", ETag(request.Body)), ("x-amz-request-id", "1"));
    }

    private FakeAnswer Complete(FakeRequest request)
    {
        byte[] bytes = [.. _parts.OrderBy(p => int.Parse(p.Key, System.Globalization.CultureInfo.InvariantCulture)).SelectMany(p => p.Value)];
        if (!_objects.TryAdd(request.Path, bytes) && request.Header("If-None-Match") == "*")
            return Error(412, "PreconditionFailed");
        _objects[request.Path] = bytes;
        return Document("<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>");
    }

    private static FakeAnswer Document(string xml) => FakeAnswer.Text(200, xml, ("Content-Type", "application/xml"), ("x-amz-request-id", "1"));
}
