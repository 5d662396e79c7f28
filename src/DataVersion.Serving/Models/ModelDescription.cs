using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using DataVersion.Tracking.Models;

namespace DataVersion.Serving.Models;

/// <summary>A model as JSON; written once, when it is loaded.</summary>
internal static class ModelDescription
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The answer to <c>GET /model</c>.</summary>
    internal static byte[] Write(LoadedModel model, ServingSettings settings)
    {
        ResolvedModel resolved = model.Resolved;
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Readable);
        json.WriteStartObject();
        Text(json, "name", resolved.Name);
        Text(json, "version", resolved.Version);
        json.WriteString("sha256", model.Sha256);
        json.WriteString("uri", resolved.Uri.Text);
        json.WriteString("location", resolved.Location);
        json.WriteString("loadedAt", model.LoadedAt.UtcDateTime);
        json.WriteString("provider", settings.Provider == ExecutionProvider.Cuda ? "cuda" : "cpu");
        WriteLineage(json, resolved.Lineage);
        json.WritePropertyName("signature");
        // It is what was read and checked: the trainer's own document.
        json.WriteRawValue(model.Signature.ToBytes());
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What ends each prediction, with the comma before it and the brace after it.</summary>
    internal static byte[] WriteTail(LoadedModel model)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        WriteIdentity(json, model);
        json.Flush();
        return [.. ",\"model\":"u8, .. buffer.WrittenSpan, (byte)'}'];
    }

    /// <summary>Name, version and hash as an object.</summary>
    internal static void WriteIdentity(Utf8JsonWriter json, LoadedModel model)
    {
        json.WriteStartObject();
        Text(json, "name", model.Resolved.Name);
        Text(json, "version", model.Resolved.Version);
        json.WriteString("sha256", model.Sha256);
        json.WriteEndObject();
    }

    private static void WriteLineage(Utf8JsonWriter json, ModelLineage lineage)
    {
        json.WriteStartObject("lineage");
        Text(json, "mlflowRun", lineage.RunId);
        Text(json, "runName", lineage.RunName);
        Text(json, "runUuid", lineage.RunUuid);
        Text(json, "commit", lineage.Commit);
        Text(json, "repository", lineage.Repository);
        Text(json, "dataCommit", lineage.DataCommit);
        Text(json, "dataDigest", lineage.DataDigest);
        json.WriteStartArray("data");
        foreach (ModelData data in lineage.Data)
        {
            json.WriteStartObject();
            json.WriteString("path", data.Path);
            json.WriteString("hash", data.Hash);
            if (data.Size is { } size)
                json.WriteNumber("size", size);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
        else
            json.WriteNull(name);
    }
}
