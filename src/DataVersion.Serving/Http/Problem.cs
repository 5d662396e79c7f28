using System.Buffers;
using System.Text.Json;

namespace DataVersion.Serving.Http;

/// <summary>Problem documents (RFC 9457).</summary>
internal static class Problem
{
    internal const string ContentType = "application/problem+json";

    /// <summary>Answers with one; nothing where the answer has begun.</summary>
    internal static Task WriteAsync(HttpContext context, int status, string title, string? detail, string? pointer = null)
    {
        HttpResponse response = context.Response;
        if (response.HasStarted)
            return Task.CompletedTask;
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", title);
            json.WriteNumber("status", status);
            if (detail is not null)
                json.WriteString("detail", detail);
            if (pointer is not null)
                json.WriteString("pointer", pointer);
            json.WriteEndObject();
        }
        response.StatusCode = status;
        response.ContentType = ContentType;
        response.ContentLength = buffer.WrittenCount;
        return response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted).AsTask();
    }
}
