using System.Text.Json;

namespace DataVersion.Tracking.Records;

/// <summary>
/// The run as an in-toto Statement v1 (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md) with a SLSA Provenance v1 predicate
/// (https://slsa.dev/spec/v1.0/provenance): unsigned; the subjects are the outputs, <c>dv run</c> is the builder. No SLSA level is claimed.
/// </summary>
public static class StatementWriter
{
    /// <summary>Names how the subjects were made; described in docs/provenance.md.</summary>
    public const string BuildType = "https://dataversion.dev/train/v1";

    /// <summary>
    /// The name, in a digest set, of a tree's id: SHA-256 of its listing (docs/format.md, "Tree"). in-toto's <c>dirHash</c> is Go's hash of a folder, and
    /// something else.
    /// </summary>
    public const string TreeDigest = "dvTree";

    /// <summary>The builder.</summary>
    public const string BuilderId = "https://dataversion.dev/dv-run";

    /// <summary>The statement's bytes.</summary>
    /// <param name="record">The finished run.</param>
    /// <param name="byproducts">Documents beside it: names, and SHA-256 in hex.</param>
    public static byte[] Write(RunRecord record, IReadOnlyList<(string Name, string Sha256)> byproducts)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("_type", "https://in-toto.io/Statement/v1");
            json.WriteStartArray("subject");
            foreach (OutputFacts output in record.Outputs)
                WriteSubjects(json, output);
            json.WriteEndArray();
            json.WriteString("predicateType", "https://slsa.dev/provenance/v1");
            json.WriteStartObject("predicate");
            WriteDefinition(json, record);
            WriteDetails(json, record, byproducts);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void WriteSubjects(Utf8JsonWriter json, OutputFacts output)
    {
        if (output.Kind == "dir")
            WriteDescriptor(json, output.Path, TreeDigest, output.Sha256);
        foreach (OutputFile file in output.Files)
            WriteDescriptor(json, file.Path.Length == 0 ? output.Path : $"{output.Path}/{file.Path}", "sha256", file.Sha256);
    }

    private static void WriteDefinition(Utf8JsonWriter json, RunRecord record)
    {
        json.WriteStartObject("buildDefinition");
        json.WriteString("buildType", BuildType);
        json.WriteStartObject("externalParameters");
        WriteOptional(json, "repository", record.Code?.Repo);
        WriteOptional(json, "revision", record.Code?.Commit);
        WriteArray(json, "command", record.Train.Command);
        WriteMap(json, "params", record.Train.Params);
        WriteMap(json, "seeds", record.Train.Seeds);
        json.WriteEndObject();
        json.WriteStartObject("internalParameters");
        WriteOptional(json, "image", record.Image?.Reference);
        if (record.Gpu is { } gpu)
        {
            json.WriteString("provider", gpu.Provider);
            WriteArray(json, "gpus", [.. gpu.Devices.Select(d => d.Uuid)]);
            WriteOptional(json, "driver", gpu.Driver);
        }
        json.WriteEndObject();
        json.WriteStartArray("resolvedDependencies");
        if (record.Code is { } code)
            WriteDependency(json, null, $"git+{code.Repo ?? "file://local"}@{code.Commit}", "gitCommit", code.Commit);
        foreach (DataFacts data in record.Data)
            WriteDependency(json, data.Inside is null ? data.Path : $"{data.Path}/{data.Inside}", null, data.Kind == "dir" ? DirectoryDigest(data.Algo) : data.Algo, data.Hash);
        if (record.Image is { Digest: { } digest } image && digest.StartsWith("sha256:", StringComparison.Ordinal))
            WriteDependency(json, null, $"oci://{image.Reference}", "sha256", digest["sha256:".Length..]);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteDetails(Utf8JsonWriter json, RunRecord record, IReadOnlyList<(string Name, string Sha256)> byproducts)
    {
        json.WriteStartObject("runDetails");
        json.WriteStartObject("builder");
        json.WriteString("id", BuilderId);
        json.WriteStartObject("version");
        json.WriteString(record.Tool.Name, record.Tool.Version);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("metadata");
        json.WriteString("invocationId", record.RunUuid);
        json.WriteString("startedOn", record.StartedOn.ToUniversalTime());
        if (record.FinishedOn is { } finished)
            json.WriteString("finishedOn", finished.ToUniversalTime());
        json.WriteEndObject();
        json.WriteStartArray("byproducts");
        foreach ((string name, string sha256) in byproducts)
            WriteDescriptor(json, name, "sha256", sha256);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string DirectoryDigest(string algorithm) => algorithm == "sha256" ? TreeDigest : algorithm;

    private static void WriteDescriptor(Utf8JsonWriter json, string name, string algorithm, string digest) =>
        WriteDependency(json, name, null, algorithm, digest);

    private static void WriteDependency(Utf8JsonWriter json, string? name, string? uri, string algorithm, string digest)
    {
        json.WriteStartObject();
        WriteOptional(json, "name", name);
        WriteOptional(json, "uri", uri);
        json.WriteStartObject("digest");
        json.WriteString(algorithm, digest);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    private static void WriteArray(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void WriteMap(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> values)
    {
        json.WriteStartObject(name);
        foreach ((string key, string value) in values.OrderBy(v => v.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }
}
