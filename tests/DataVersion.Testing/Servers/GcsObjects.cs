using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace DataVersion.Testing.Servers;

/// <summary>Reading, listing and deleting objects.</summary>
internal static class GcsObjects
{
    private const int MaxPage = 1000;

    public static Task AnswerAsync(GcsRequest request, GcsBucket bucket, string bucketName, string name)
    {
        if (request.Method == "DELETE")
        {
            bucket.Delete(bucketName, name, GcsPreconditions.From(request));
            return GcsAnswer.EmptyAsync(request, 204);
        }
        GcsStored there = bucket.Find(name) ?? throw GcsRefusal.NoObject(bucketName, name);
        if (request.Number("generation") is { } generation && generation != there.Generation)
            throw GcsRefusal.NoObject(bucketName, name);
        GcsPreconditions preconditions = GcsPreconditions.From(request);
        if (preconditions.IsUnchanged(there))
            return GcsAnswer.EmptyAsync(request, 304);
        if (!preconditions.HoldFor(there))
            throw GcsRefusal.Precondition();
        return request.Query("alt") == "media" ? DownloadAsync(request, there) : GcsAnswer.JsonAsync(request, GcsAnswer.Describe(bucketName, there));
    }

    public static Task ListAsync(GcsRequest request, GcsBucket bucket, string bucketName)
    {
        string prefix = request.Query("prefix") ?? "";
        string? delimiter = request.Query("delimiter");
        int most = (int)Math.Clamp(request.Number("maxResults") ?? MaxPage, 1, MaxPage);
        string after = request.Query("pageToken") is { } token ? Encoding.UTF8.GetString(Convert.FromBase64String(token)) : "";
        var items = new JsonArray();
        var prefixes = new SortedSet<string>(StringComparer.Ordinal);
        string? last = null;
        foreach (GcsStored stored in bucket.All().Where(o => IsWanted(request, o.Name, prefix, after)))
        {
            int cut = delimiter is null ? -1 : stored.Name.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            string? folder = cut < 0 ? null : stored.Name[..(cut + delimiter!.Length)];
            bool isNew = folder is null || !prefixes.Contains(folder);
            if (isNew && items.Count + prefixes.Count == most)
                return GcsAnswer.JsonAsync(request, Page(items, prefixes, last));
            if (folder is null)
                items.Add((JsonNode)GcsAnswer.Describe(bucketName, stored));
            else
                prefixes.Add(folder);
            last = stored.Name;
        }
        return GcsAnswer.JsonAsync(request, Page(items, prefixes, null));
    }

    private static bool IsWanted(GcsRequest request, string name, string prefix, string after) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(name, after) > 0
        && (request.Query("startOffset") is not { } start || string.CompareOrdinal(name, start) >= 0)
        && (request.Query("endOffset") is not { } end || string.CompareOrdinal(name, end) < 0);

    private static JsonObject Page(JsonArray items, SortedSet<string> prefixes, string? last)
    {
        var page = new JsonObject { ["kind"] = "storage#objects" };
        // An empty list is left out, as the service does.
        if (items.Count > 0)
            page["items"] = items;
        if (prefixes.Count > 0)
            page["prefixes"] = new JsonArray([.. prefixes.Select(p => (JsonNode)p)]);
        if (last is not null)
            page["nextPageToken"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(last));
        return page;
    }

    private static async Task DownloadAsync(GcsRequest request, GcsStored there)
    {
        HttpListenerResponse response = request.Context.Response;
        GcsContent content = there.Content;
        response.AddHeader("x-goog-generation", there.Generation.ToString(CultureInfo.InvariantCulture));
        response.AddHeader("x-goog-metageneration", GcsStored.Metageneration.ToString(CultureInfo.InvariantCulture));
        response.AddHeader("x-goog-hash", $"crc32c={content.Crc32C},md5={content.Md5}");
        response.AddHeader("x-goog-stored-content-encoding", "identity");
        response.AddHeader("x-goog-stored-content-length", content.Length.ToString(CultureInfo.InvariantCulture));
        response.ContentType = there.ContentType;
        (long offset, long length) = (0, content.Length);
        if (request.Header("Range") is { } range)
        {
            string[] ends = range["bytes=".Length..].Split('-');
            offset = long.Parse(ends[0], CultureInfo.InvariantCulture);
            long last = ends[1].Length == 0 ? content.Length - 1 : Math.Min(long.Parse(ends[1], CultureInfo.InvariantCulture), content.Length - 1);
            if (offset > last)
            {
                response.AddHeader("Content-Range", $"bytes */{content.Length}");
                await GcsAnswer.TextAsync(request, "The requested range cannot be satisfied.", "text/html; charset=UTF-8", 416);
                return;
            }
            length = last - offset + 1;
            response.StatusCode = 206;
            response.AddHeader("Content-Range", $"bytes {offset}-{last}/{content.Length}");
        }
        response.ContentLength64 = length;
        await content.WriteToAsync(response.OutputStream, offset, length);
        response.Close();
    }
}
