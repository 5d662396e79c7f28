using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace DataVersion.Testing.Servers;

/// <summary>What an upload says of its object beside the bytes.</summary>
internal sealed record GcsUploadInfo(string Name, string ContentType, string StorageClass, string? Crc32C, string? Md5)
{
    public static GcsUploadInfo From(GcsRequest request, byte[] metadata, string? contentType)
    {
        JsonNode? json = metadata.Length == 0 ? null : JsonNode.Parse(metadata);
        string name = (string?)json?["name"] ?? request.Query("name") ?? throw GcsRefusal.Invalid("Required object name");
        return new GcsUploadInfo(
            name, (string?)json?["contentType"] ?? contentType ?? "application/octet-stream", (string?)json?["storageClass"] ?? "STANDARD",
            (string?)json?["crc32c"], (string?)json?["md5Hash"]);
    }

    /// <summary>Takes over what a header <c>X-Goog-Hash</c> says.</summary>
    public GcsUploadInfo With(string? hashHeader)
    {
        GcsUploadInfo info = this;
        foreach (string hash in (hashHeader ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            info = hash.StartsWith("crc32c=", StringComparison.Ordinal) ? info with { Crc32C = hash[7..] }
                : hash.StartsWith("md5=", StringComparison.Ordinal) ? info with { Md5 = hash[4..] } : info;
        }
        return info;
    }

    /// <summary>Refuses bytes that are not what they were said to be.</summary>
    public void Check(GcsContent content)
    {
        if (Crc32C is not null && Crc32C != content.Crc32C)
            throw GcsRefusal.Invalid($"Provided CRC32C \"{Crc32C}\" doesn't match calculated CRC32C \"{content.Crc32C}\".");
        if (Md5 is not null && Md5 != content.Md5)
            throw GcsRefusal.Invalid($"Provided MD5 hash \"{Md5}\" doesn't match calculated MD5 hash \"{content.Md5}\".");
    }
}

/// <summary>Uploads of the three kinds: media, multipart, resumable.</summary>
internal sealed class GcsUploads(GcsServerOptions options)
{
    private readonly ConcurrentDictionary<string, GcsUploadSession> _sessions = new();

    public void ExpireAll()
    {
        foreach (string id in _sessions.Keys)
            Forget(id);
    }

    public async Task BeginAsync(GcsRequest request, GcsBucket bucket, string bucketName)
    {
        string? type = request.Context.Request.ContentType;
        switch (request.Query("uploadType"))
        {
            case "media":
                await StoreAsync(request, bucket, bucketName, GcsUploadInfo.From(request, [], type), await request.ReadBodyAsync());
                return;
            case "multipart":
                (byte[] metadata, byte[] media) = SplitMultipart(await request.ReadBodyAsync(), type ?? "");
                await StoreAsync(request, bucket, bucketName, GcsUploadInfo.From(request, metadata, null), media);
                return;
            case "resumable":
                await BeginSessionAsync(request, bucket, bucketName);
                return;
            default:
                throw GcsRefusal.Invalid("Invalid upload type");
        }
    }

    public Task ContinueAsync(GcsRequest request, string id)
    {
        if (!_sessions.TryGetValue(id, out GcsUploadSession? session))
            throw new GcsRefusal(options.ExpiredSessionStatus, "notFound", "The upload session is gone.");
        if (request.Method != "DELETE")
            return session.AnswerAsync(request);
        Forget(id);
        return GcsAnswer.EmptyAsync(request, 499);
    }

    private void Forget(string id)
    {
        if (_sessions.TryRemove(id, out GcsUploadSession? session))
            session.Dispose();
    }

    private async Task BeginSessionAsync(GcsRequest request, GcsBucket bucket, string bucketName)
    {
        GcsUploadInfo info = GcsUploadInfo.From(request, await request.ReadBodyAsync(), request.Header("X-Upload-Content-Type"));
        GcsPreconditions preconditions = GcsPreconditions.From(request);
        if (options.ChecksPreconditionsEarly && !preconditions.HoldFor(bucket.Find(info.Name)))
            throw GcsRefusal.Precondition();
        long? length = request.Header("X-Upload-Content-Length") is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
        string id = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24));
        _sessions[id] = new GcsUploadSession(bucket, bucketName, info, preconditions, length) { MaxPerChunk = options.MaxBytesPerChunk };
        string query = $"uploadType=resumable&upload_id={id}" + (request.Query("fields") is { } fields ? $"&fields={Uri.EscapeDataString(fields)}" : "");
        request.Context.Response.AddHeader("Location", $"http://{request.Context.Request.UserHostName}/upload/storage/v1/b/{Uri.EscapeDataString(bucketName)}/o?{query}");
        request.Context.Response.AddHeader("X-GUploader-UploadID", id);
        await GcsAnswer.EmptyAsync(request, 200);
    }

    private static Task StoreAsync(GcsRequest request, GcsBucket bucket, string bucketName, GcsUploadInfo info, byte[] bytes)
    {
        var content = new GcsContent();
        content.Append(bytes);
        info.With(request.Header("X-Goog-Hash")).Check(content);
        GcsStored stored = bucket.Put(info.Name, content, info, GcsPreconditions.From(request));
        return GcsAnswer.JsonAsync(request, GcsAnswer.Describe(bucketName, stored));
    }

    private static (byte[] Metadata, byte[] Media) SplitMultipart(byte[] body, string type)
    {
        int at = type.IndexOf("boundary=", StringComparison.Ordinal);
        if (at < 0 || !type.StartsWith("multipart/related", StringComparison.Ordinal))
            throw GcsRefusal.Invalid("Missing boundary");
        byte[] boundary = Encoding.ASCII.GetBytes($"--{type[(at + "boundary=".Length)..].Trim('"')}");
        byte[] separator = [.. "\r\n"u8, .. boundary];
        if (!body.AsSpan().StartsWith(boundary))
            throw GcsRefusal.Invalid("Malformed multipart body");
        int first = boundary.Length + 2;
        int firstEnd = first + body.AsSpan(first).IndexOf(separator);
        int second = firstEnd + separator.Length + 2;
        int secondEnd = body.AsSpan().LastIndexOf([.. separator, .. "--"u8]);
        if (firstEnd < first || secondEnd < second)
            throw GcsRefusal.Invalid("Malformed multipart body");
        return (BodyOf(body[first..firstEnd]), BodyOf(body[second..secondEnd]));
    }

    private static byte[] BodyOf(byte[] part)
    {
        int head = part.AsSpan().IndexOf("\r\n\r\n"u8);
        return head < 0 ? throw GcsRefusal.Invalid("Malformed multipart body") : part[(head + 4)..];
    }
}
