using System.Buffers;
using System.Text;
using System.Text.Json;

namespace DataVersion.Serving.Http;

/// <summary>Answers that are put together before they are sent.</summary>
internal static class Answers
{
    internal static Task JsonAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return BytesAsync(context, status, "application/json", buffer.WrittenMemory);
    }

    internal static Task TextAsync(HttpContext context, int status, string contentType, string text) =>
        BytesAsync(context, status, contentType, Encoding.UTF8.GetBytes(text));

    internal static Task BytesAsync(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
