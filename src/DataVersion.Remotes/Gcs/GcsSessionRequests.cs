using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DataVersion.Storage;

namespace DataVersion.Remotes.Gcs;

/// <summary>What a session answers: so many bytes are there, or the blob is complete, or another has taken its name.</summary>
internal sealed record SessionAnswer(long Held, GcsObject? Completed = null, bool NameTaken = false);

/// <summary>The requests of resumable uploads.</summary>
internal sealed class GcsSessionRequests(GcsClient client, GcsSettings settings)
{
    private const HttpStatusCode ResumeIncomplete = (HttpStatusCode)308;
    private const HttpStatusCode ClientClosedRequest = (HttpStatusCode)499;
    private const string BinaryType = "application/octet-stream";

    /// <summary>Opens a session.</summary>
    /// <returns>Its address; null where the name is taken.</returns>
    public async Task<string?> BeginAsync(string name, long length, WriteMode mode, CancellationToken cancellationToken)
    {
        string doing = $"begin to write '{name}'";
        Uri url = settings.Url(
            settings.UploadPath,
            ("uploadType", "resumable"), ("ifGenerationMatch", mode == WriteMode.IfAbsent ? "0" : null), ("kmsKeyName", settings.KmsKey),
            ("fields", GcsObject.WrittenFields));
        byte[] metadata = JsonSerializer.SerializeToUtf8Bytes(new GcsMetadata(settings.Root + name, null, settings.StorageClass), GcsJson.Default.GcsMetadata);
        using HttpResponseMessage answer = await client.SendAsync(doing, () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(metadata) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", Encoding.UTF8.WebName);
            request.Headers.Add("X-Upload-Content-Type", BinaryType);
            request.Headers.Add("X-Upload-Content-Length", length.ToString(CultureInfo.InvariantCulture));
            return request;
        }, cancellationToken);
        if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created)
            return answer.Headers.Location is { IsAbsoluteUri: true } address && IsOurs(address) ? address.AbsoluteUri : throw GcsError.Foreign(settings, doing);
        GcsError error = await client.ReadErrorAsync(answer, doing, cancellationToken);
        return error.Status == HttpStatusCode.PreconditionFailed && mode == WriteMode.IfAbsent ? null : throw error.ToException(settings, doing);
    }

    /// <summary>Sends what of a chunk begins at <paramref name="from"/>.</summary>
    /// <exception cref="UploadGoneException">The session is gone, or holds wrong bytes.</exception>
    public Task<SessionAnswer> SendAsync(PartUpload upload, Chunk chunk, long from, CancellationToken cancellationToken)
    {
        HttpRequestMessage request = Request(HttpMethod.Put, upload);
        request.Content = new UploadBody(chunk.Content, BinaryType, from - chunk.Offset);
        request.Content.Headers.ContentRange = new ContentRangeHeaderValue(from, chunk.Offset + chunk.Content.Length - 1, upload.Length);
        if (chunk.BlobChecksum is { } checksum)
            request.Headers.Add("X-Goog-Hash", $"crc32c={Crc32C.ToText(checksum)}");
        return SendAsync(upload, request, cancellationToken);
    }

    /// <summary>Asks what a session holds.</summary>
    /// <exception cref="UploadGoneException">It is gone.</exception>
    public Task<SessionAnswer> AskAsync(PartUpload upload, CancellationToken cancellationToken)
    {
        HttpRequestMessage request = Request(HttpMethod.Put, upload);
        request.Content = new ByteArrayContent([]);
        request.Content.Headers.ContentRange = new ContentRangeHeaderValue(upload.Length);
        return SendAsync(upload, request, cancellationToken);
    }

    /// <summary>Ends a session; no error where it has ended already.</summary>
    public async Task AbortAsync(PartUpload upload, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(upload.Id, UriKind.Absolute, out Uri? address) || !IsOurs(address))
            return;
        string doing = $"give up the upload of '{upload.Name}'";
        using HttpResponseMessage answer = await client.SendOnceAsync(doing, Request(HttpMethod.Delete, upload), cancellationToken);
        if (answer.IsSuccessStatusCode || IsGone(answer.StatusCode))
            return;
        throw (await client.ReadErrorAsync(answer, doing, cancellationToken)).ToException(settings, doing);
    }

    /// <summary>Deletes a blob of this generation.</summary>
    public async Task DeleteAsync(string name, string? generation, CancellationToken cancellationToken)
    {
        Uri url = settings.Url(settings.PathOf(name), ("ifGenerationMatch", generation));
        using HttpResponseMessage answer = await client.SendAsync($"delete '{name}'", () => new HttpRequestMessage(HttpMethod.Delete, url), cancellationToken);
    }

    private async Task<SessionAnswer> SendAsync(PartUpload upload, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string doing = $"write '{upload.Name}'";
        using HttpResponseMessage answer = await client.SendOnceAsync(doing, request, cancellationToken);
        switch (answer.StatusCode)
        {
            case HttpStatusCode.OK or HttpStatusCode.Created:
                return new SessionAnswer(upload.Length, await client.ReadJsonAsync(answer, GcsJson.Default.GcsObject, doing, cancellationToken));
            case ResumeIncomplete:
                return new SessionAnswer(HeldOf(answer, upload, doing));
            case HttpStatusCode.PreconditionFailed when upload.Mode == WriteMode.IfAbsent:
                return new SessionAnswer(0, NameTaken: true);
        }
        GcsError error = await client.ReadErrorAsync(answer, doing, cancellationToken);
        // A session whose bytes are wrong cannot be mended: they cannot be sent again.
        bool gone = (IsGone(answer.StatusCode) && !error.IsWebPage) || error.IsChecksumMismatch;
        throw gone ? new UploadGoneException(settings.Location, upload.Name, error.ToException(settings, doing)) : error.ToException(settings, doing);
    }

    private long HeldOf(HttpResponseMessage answer, PartUpload upload, string doing)
    {
        // No range: not a byte yet.
        if (!answer.Headers.TryGetValues("Range", out IEnumerable<string>? values))
            return 0;
        const string Begin = "bytes=0-";
        string range = values.First();
        return range.StartsWith(Begin, StringComparison.Ordinal)
            && long.TryParse(range[Begin.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out long last) && last < upload.Length
            ? last + 1 : throw GcsError.Foreign(settings, doing);
    }

    private HttpRequestMessage Request(HttpMethod method, PartUpload upload) =>
        Uri.TryCreate(upload.Id, UriKind.Absolute, out Uri? address) && IsOurs(address)
            ? new HttpRequestMessage(method, address) : throw new UploadGoneException(settings.Location, upload.Name);

    private static bool IsGone(HttpStatusCode status) => status is HttpStatusCode.NotFound or HttpStatusCode.Gone or ClientClosedRequest;

    // Data goes to the service that the remote names, whatever an answer or a journal says.
    private bool IsOurs(Uri address)
    {
        const string Google = ".googleapis.com";
        bool sameHost = address.Authority == settings.Endpoint.Authority
            || (address.Host.EndsWith(Google, StringComparison.Ordinal) && settings.Endpoint.Host.EndsWith(Google, StringComparison.Ordinal));
        return sameHost && address.Scheme == settings.Endpoint.Scheme;
    }
}
