using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using DataVersion.Storage;

namespace DataVersion.Remotes.Gcs;

/// <summary>A bucket of Google Cloud Storage, or a part of it, through the JSON API. May be used from many threads at once.</summary>
internal sealed class GcsBlobStore(GcsClient client, GcsSettings settings) : IBlobStore
{
    private const int PageSize = 1000;

    /// <inheritdoc/>
    public BlobStoreTraits Traits { get; } = new() { AtomicIfAbsent = true, Connections = 32 };

    /// <inheritdoc/>
    public string Location => settings.Location;

    /// <inheritdoc/>
    public string? Access => client.Access;

    /// <inheritdoc/>
    public IPartUploads Parts { get; } = new GcsPartUploads(client, settings);

    /// <inheritdoc/>
    public async Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        string doing = $"look at '{name}'";
        using HttpResponseMessage answer = await client.SendAsync(
            doing, () => new HttpRequestMessage(HttpMethod.Get, settings.Url(settings.PathOf(name), ("fields", GcsObject.Fields))), cancellationToken);
        if (answer.StatusCode == HttpStatusCode.OK)
            return InfoOf(name, await client.ReadJsonAsync(answer, GcsJson.Default.GcsObject, doing, cancellationToken), doing);
        GcsError error = await client.ReadErrorAsync(answer, doing, cancellationToken);
        return error.IsObjectMissing ? null : throw error.ToException(settings, doing);
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        string doing = $"read '{name}'";
        if (range is { Length: 0 })
            return await StatAsync(name, cancellationToken) is null ? throw new BlobNotFoundException(Location, name) : Stream.Null;
        HttpResponseMessage answer = await client.SendAsync(doing, () => GetRequest(name, range), cancellationToken);
        try
        {
            // Ranges that lie beyond the end are empty here, and an error there.
            if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && range is not null)
                return EmptyOf(answer);
            if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
                return await client.ReadStreamAsync(answer, PlanOf(answer, range, doing), doing, cancellationToken);
            GcsError error = await client.ReadErrorAsync(answer, doing, cancellationToken);
            throw error.IsObjectMissing ? new BlobNotFoundException(Location, name) : error.ToException(settings, doing);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        string doing = $"write '{name}'";
        (IContent prepared, uint checksum) = await ContentReader.PrepareAsync(content, cancellationToken);
        var metadata = new GcsMetadata(settings.Root + name, Crc32C.ToText(checksum), settings.StorageClass);
        Uri url = settings.Url(
            settings.UploadPath,
            ("uploadType", "multipart"), ("ifGenerationMatch", mode == WriteMode.IfAbsent ? "0" : null), ("kmsKeyName", settings.KmsKey), ("fields", "generation"));
        using HttpResponseMessage answer = await client.SendAsync(
            doing, () => new HttpRequestMessage(HttpMethod.Post, url) { Content = Multipart(metadata, prepared) }, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.OK)
        {
            GcsObject written = await client.ReadJsonAsync(answer, GcsJson.Default.GcsObject, doing, cancellationToken);
            return written.Generation is null ? throw GcsError.Foreign(settings, doing) : WriteOutcome.Written;
        }
        GcsError error = await client.ReadErrorAsync(answer, doing, cancellationToken);
        return error.Status == HttpStatusCode.PreconditionFailed && mode == WriteMode.IfAbsent ? WriteOutcome.AlreadyThere : throw error.ToException(settings, doing);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobNames.CheckPrefix(prefix);
        string doing = prefix.Length == 0 ? "list" : $"list '{prefix}'";
        string? token = null;
        do
        {
            GcsPage page = await ListPageAsync(prefix, token, doing, cancellationToken);
            foreach (GcsObject item in page.Items ?? [])
            {
                // What others have put there under names that are none of ours is not seen.
                if (item.Name?.StartsWith(settings.Root, StringComparison.Ordinal) == true && IsName(item.Name[settings.Root.Length..]))
                    yield return InfoOf(item.Name[settings.Root.Length..], item, doing);
            }
            token = page.NextPageToken;
        }
        while (token is { Length: > 0 });
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        // What is no number is no version that this store ever gave out.
        if (versionToken is not null && !long.TryParse(versionToken, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return false;
        string doing = $"delete '{name}'";
        using HttpResponseMessage answer = await client.SendAsync(
            doing, () => new HttpRequestMessage(HttpMethod.Delete, settings.Url(settings.PathOf(name), ("ifGenerationMatch", versionToken))), cancellationToken);
        if (answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.OK)
            return true;
        GcsError error = await client.ReadErrorAsync(answer, doing, cancellationToken);
        bool another = error.Status == HttpStatusCode.PreconditionFailed && versionToken is not null;
        return error.IsObjectMissing || another ? false : throw error.ToException(settings, doing);
    }

    private async Task<GcsPage> ListPageAsync(string prefix, string? token, string doing, CancellationToken cancellationToken)
    {
        Uri url = settings.Url(
            settings.ListPath,
            ("prefix", settings.Root + prefix), ("maxResults", PageSize.ToString(CultureInfo.InvariantCulture)),
            ("fields", $"items({GcsObject.Fields}),nextPageToken"), ("pageToken", token));
        using HttpResponseMessage answer = await client.SendAsync(doing, () => new HttpRequestMessage(HttpMethod.Get, url), cancellationToken);
        return answer.StatusCode == HttpStatusCode.OK
            ? await client.ReadJsonAsync(answer, GcsJson.Default.GcsPage, doing, cancellationToken)
            : throw (await client.ReadErrorAsync(answer, doing, cancellationToken)).ToException(settings, doing);
    }

    private HttpRequestMessage GetRequest(string name, ByteRange? range)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, settings.Url(settings.PathOf(name), ("alt", "media")));
        if (range is { } part)
            request.Headers.Range = new RangeHeaderValue(part.Offset, part.Length > long.MaxValue - part.Offset ? null : part.Offset + part.Length - 1);
        return request;
    }

    private ReadPlan PlanOf(HttpResponseMessage answer, ByteRange? range, string doing)
    {
        bool isGoogle = answer.Headers.Contains("x-goog-generation") || answer.Headers.Contains("x-goog-hash");
        if (!isGoogle && answer.Content.Headers.ContentType?.MediaType == "text/html")
            throw GcsError.Foreign(settings, doing);
        if (range is not { } part)
            return new ReadPlan(ChecksumOf(answer));
        // A whole answer to the question for a part is allowed where the part begins at the beginning.
        long? begins = answer.StatusCode == HttpStatusCode.OK ? 0 : answer.Content.Headers.ContentRange?.From;
        return begins == part.Offset ? new ReadPlan(null, part.Length) : throw GcsError.Foreign(settings, doing);
    }

    private static string? ChecksumOf(HttpResponseMessage answer)
    {
        // The checksum is of what is stored: bytes that the service unpacks for us have another.
        bool packed = answer.Headers.TryGetValues("x-goog-stored-content-encoding", out IEnumerable<string>? coding) && !coding.Contains("identity");
        if (packed || !answer.Headers.TryGetValues("x-goog-hash", out IEnumerable<string>? hashes))
            return null;
        const string Wanted = "crc32c=";
        return hashes.SelectMany(h => h.Split(',')).Select(h => h.Trim()).FirstOrDefault(h => h.StartsWith(Wanted, StringComparison.Ordinal))?[Wanted.Length..];
    }

    private static Stream EmptyOf(HttpResponseMessage answer)
    {
        answer.Dispose();
        return Stream.Null;
    }

    private static UploadBody Multipart(GcsMetadata metadata, IContent content)
    {
        string boundary = $"dv-{Guid.NewGuid():N}";
        string head = $"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{JsonSerializer.Serialize(metadata, GcsJson.Default.GcsMetadata)}\r\n"
            + $"--{boundary}\r\nContent-Type: {metadata.ContentType}\r\n\r\n";
        return new UploadBody(
            content, $"multipart/related; boundary={boundary}", head: Encoding.UTF8.GetBytes(head), tail: Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n"));
    }

    private BlobInfo InfoOf(string name, GcsObject described, string doing) =>
        long.TryParse(described.Size, NumberStyles.None, CultureInfo.InvariantCulture, out long size) && described.Updated is { } updated
            ? new BlobInfo(name, size, updated, described.Generation)
            : throw GcsError.Foreign(settings, doing);

    private static bool IsName(string name)
    {
        try
        {
            BlobNames.Check(name);
            return true;
        }
        catch (UnsafePathException)
        {
            return false;
        }
    }
}
