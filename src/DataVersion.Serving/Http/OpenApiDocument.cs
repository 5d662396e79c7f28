using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using DataVersion.Serving.Models;
using DataVersion.Tracking.Models;

namespace DataVersion.Serving.Http;

/// <summary>The OpenAPI 3.1 description of the server; rows are described by the signature of the model that is loaded.</summary>
internal static class OpenApiDocument
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static byte[] Write(LoadedModel? model, ServingSettings settings)
    {
        var buffer = new ArrayBufferWriter<byte>(8 * 1024);
        using var json = new Utf8JsonWriter(buffer, Readable);
        json.WriteStartObject();
        json.WriteString("openapi", "3.1.0");
        json.WriteStartObject("info");
        json.WriteString("title", model?.Resolved.Name ?? "dv-serve");
        json.WriteString("version", model?.Resolved.Version ?? model?.Sha256[..12] ?? "0");
        json.WriteEndObject();
        WritePaths(json);
        json.WriteStartObject("components");
        WriteSchemas(json, model, settings);
        json.WriteStartObject("securitySchemes");
        json.WriteStartObject("admin");
        json.WriteString("type", "http");
        json.WriteString("scheme", "bearer");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WritePaths(Utf8JsonWriter json)
    {
        json.WriteStartObject("paths");
        Operation(json, "/predict", "post", "The probability of the positive class for each row", "predict", "Answer",
            [(400, "A value is wrong; 'pointer' says which"), (413, "Too many rows or bytes"), (415, "No JSON"), (422, "The model has no answer for a row"), (429, "Too many requests at once"), (503, "No model is loaded yet, or it took too long")]);
        Operation(json, "/livez", "get", "Whether the process is alive", "live", null, []);
        Operation(json, "/readyz", "get", "Whether a model answers", "ready", "Ready", [(503, "Not yet, or not any more")]);
        Operation(json, "/health", "get", "The same as /readyz", "health", "Ready", [(503, "Not yet, or not any more")]);
        Operation(json, "/model", "get", "The model: signature and lineage", "model", "Object", [(503, "No model is loaded yet")]);
        Operation(json, "/version", "get", "The program and the model's hash", "version", "Object", []);
        Operation(json, "/metrics", "get", "Metrics in Prometheus' text format", "metrics", null, []);
        Operation(json, "/admin/reload", "post", "Looks the model up again, loads it, and exchanges it", "reload", "Object",
            [(401, "No token"), (403, "Another token, or reloading is off"), (409, "A model is being loaded already"), (502, "It could not be loaded; the one before it stays")]);
        json.WriteEndObject();
    }

    private static void Operation(Utf8JsonWriter json, string path, string method, string summary, string id, string? schema, ReadOnlySpan<(int Status, string Meaning)> problems)
    {
        json.WriteStartObject(path);
        json.WriteStartObject(method);
        json.WriteString("operationId", id);
        json.WriteString("summary", summary);
        if (id == "predict")
        {
            json.WriteStartObject("requestBody");
            json.WriteBoolean("required", true);
            Content(json, "application/json", "Request");
            json.WriteEndObject();
        }
        if (id == "reload")
        {
            json.WriteStartArray("security");
            json.WriteStartObject();
            json.WriteStartArray("admin");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteStartObject("responses");
        json.WriteStartObject("200");
        json.WriteString("description", summary);
        if (schema is not null)
            Content(json, "application/json", schema);
        json.WriteEndObject();
        foreach ((int status, string meaning) in problems)
        {
            json.WriteStartObject(status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("description", meaning);
            Content(json, id is "ready" or "health" ? "application/json" : Problem.ContentType, id is "ready" or "health" ? "Ready" : "Problem");
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Content(Utf8JsonWriter json, string kind, string schema)
    {
        json.WriteStartObject("content");
        json.WriteStartObject(kind);
        json.WriteStartObject("schema");
        json.WriteString("$ref", $"#/components/schemas/{schema}");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSchemas(Utf8JsonWriter json, LoadedModel? model, ServingSettings settings)
    {
        json.WriteStartObject("schemas");
        WriteRow(json, model?.Signature);
        json.WritePropertyName("Request");
        json.WriteRawValue("""{"oneOf":[{"type":"object","required":["rows"],"additionalProperties":false,"properties":{"rows":{"type":"array","minItems":1,"maxItems":"""
            + settings.MaxRows.ToString(System.Globalization.CultureInfo.InvariantCulture) + ""","items":{"$ref":"#/components/schemas/Row"}}}},{"$ref":"#/components/schemas/Row"}]}""");
        json.WritePropertyName("Model");
        json.WriteRawValue("""{"type":"object","properties":{"name":{"type":["string","null"]},"version":{"type":["string","null"]},"sha256":{"type":"string"}}}""");
        json.WritePropertyName("Answer");
        json.WriteRawValue("""{"type":"object","required":["predictions","model"],"properties":{"predictions":{"type":"array","items":{"type":"object","required":["probability","label"],"properties":{"probability":{"type":"number","minimum":0,"maximum":1},"label":{"type":"integer","enum":[0,1]}}}},"model":{"$ref":"#/components/schemas/Model"}}}""");
        json.WritePropertyName("Ready");
        json.WriteRawValue("""{"type":"object","properties":{"status":{"type":"string","enum":["ready","loading","draining"]},"model":{"$ref":"#/components/schemas/Model"}}}""");
        json.WritePropertyName("Problem");
        json.WriteRawValue("""{"type":"object","properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"pointer":{"type":"string","description":"JSON pointer to the value at fault"}}}""");
        json.WritePropertyName("Object");
        json.WriteRawValue("""{"type":"object"}""");
        json.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter json, ModelSignature? signature)
    {
        json.WriteStartObject("Row");
        json.WriteString("type", "object");
        json.WriteString("description", "A value that is absent or null is taken as missing.");
        if (signature is not null)
        {
            json.WriteBoolean("additionalProperties", false);
            json.WriteStartObject("properties");
            foreach (SignatureInput input in signature.Inputs)
                WriteInput(json, input);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteInput(Utf8JsonWriter json, SignatureInput input)
    {
        json.WriteStartObject(input.Name);
        json.WriteStartArray("type");
        json.WriteStringValue(input.Type == SignatureType.Number ? "number" : "string");
        if (input.Type == SignatureType.Time)
            json.WriteStringValue("number");
        json.WriteStringValue("null");
        json.WriteEndArray();
        if (input.Type == SignatureType.Time)
        {
            json.WriteString("description", "A time as RFC 3339 writes it, or seconds since 1970.");
        }
        else if (input.Type == SignatureType.Category)
        {
            // Not an enum: others are taken as unseen.
            json.WriteStartArray("examples");
            foreach (string category in input.Categories.Take(20))
                json.WriteStringValue(category);
            json.WriteEndArray();
        }
        else if (input.Statistics.Mean is { } mean && double.IsFinite(mean))
        {
            json.WriteStartArray("examples");
            json.WriteNumberValue(mean);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
