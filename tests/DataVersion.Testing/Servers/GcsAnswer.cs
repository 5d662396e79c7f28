using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace DataVersion.Testing.Servers;

/// <summary>Writes what the service answers.</summary>
internal static class GcsAnswer
{
    public static Task JsonAsync(GcsRequest request, JsonNode json, int status = 200) =>
        TextAsync(request, GcsFields.Select(json, request.Query("fields")).ToJsonString(), "application/json; charset=UTF-8", status);

    public static Task RefuseAsync(GcsRequest request, GcsRefusal refusal)
    {
        if (refusal.RetryAfterSeconds is { } wait)
            request.Context.Response.AddHeader("Retry-After", wait.ToString(CultureInfo.InvariantCulture));
        if (refusal.Page is { } page)
            return TextAsync(request, page, "text/html; charset=UTF-8", refusal.Status);
        // Of downloads the service says it in plain words, and calls that HTML.
        if (request.Query("alt") == "media" && refusal.Status == 404)
            return TextAsync(request, refusal.Message, "text/html; charset=UTF-8", refusal.Status);
        var json = new JsonObject
        {
            ["error"] = new JsonObject
            {
                ["code"] = refusal.Status,
                ["message"] = refusal.Message,
                ["errors"] = new JsonArray(new JsonObject { ["message"] = refusal.Message, ["domain"] = "global", ["reason"] = refusal.Reason }),
            },
        };
        return TextAsync(request, json.ToJsonString(), "application/json; charset=UTF-8", refusal.Status);
    }

    public static Task TextAsync(GcsRequest request, string text, string type, int status)
    {
        request.Context.Response.ContentType = type;
        return BytesAsync(request, Encoding.UTF8.GetBytes(text), status);
    }

    public static async Task BytesAsync(GcsRequest request, byte[] bytes, int status)
    {
        HttpListenerResponse response = request.Context.Response;
        response.StatusCode = status;
        response.ContentLength64 = bytes.Length;
        if (bytes.Length > 0)
            await response.OutputStream.WriteAsync(bytes);
        response.Close();
    }

    public static Task EmptyAsync(GcsRequest request, int status) => BytesAsync(request, [], status);

    public static JsonObject Describe(string bucket, GcsStored stored) => new()
    {
        ["kind"] = "storage#object",
        ["id"] = $"{bucket}/{stored.Name}/{stored.Generation}",
        ["name"] = stored.Name,
        ["bucket"] = bucket,
        ["generation"] = stored.Generation.ToString(CultureInfo.InvariantCulture),
        ["metageneration"] = GcsStored.Metageneration.ToString(CultureInfo.InvariantCulture),
        ["contentType"] = stored.ContentType,
        ["storageClass"] = stored.StorageClass,
        ["size"] = stored.Content.Length.ToString(CultureInfo.InvariantCulture),
        ["crc32c"] = stored.Content.Crc32C,
        ["md5Hash"] = stored.Content.Md5,
        ["timeCreated"] = stored.Created.ToString("O", CultureInfo.InvariantCulture),
        ["updated"] = stored.Created.ToString("O", CultureInfo.InvariantCulture),
    };
}
