using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DataVersion.Objects;

namespace DataVersion.Tracking.Records;

/// <summary>Reads and writes records. Members that a reader does not know are ignored; a schema of another number is refused.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true, NewLine = "\n")]
[JsonSerializable(typeof(RunRecord), TypeInfoPropertyName = "Record")]
[JsonSerializable(typeof(EnvironmentDocument), TypeInfoPropertyName = "Environment")]
public sealed partial class RunRecordJson : JsonSerializerContext
{
    /// <summary>A record of more bytes than this is none.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    // Paths and messages stay readable; the documents are never put into a web page as they are.
    private static RunRecordJson Readable =>
        _readable ??= new RunRecordJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    // Not an initialiser: the order of those in two files of one class is not defined, and Default's is in the generated one.
    private static RunRecordJson? _readable;

    /// <summary>The record's bytes: the same record always gives the same ones.</summary>
    public static byte[] Write(RunRecord record) => [.. JsonSerializer.SerializeToUtf8Bytes(record, Readable.Record), (byte)'\n'];

    /// <summary>The bytes of an environment.</summary>
    public static byte[] Write(EnvironmentDocument document) => [.. JsonSerializer.SerializeToUtf8Bytes(document, Readable.Environment), (byte)'\n'];

    /// <summary>Reads a record.</summary>
    /// <param name="bytes">The document.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidFormatException">It is no record, or of a format that this version does not know.</exception>
    public static RunRecord Read(ReadOnlySpan<byte> bytes, string name)
    {
        RunRecord record;
        try
        {
            record = JsonSerializer.Deserialize(bytes, Default.Record) ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or System.FormatException)
        {
            throw new InvalidFormatException(name, null, "is not the record of a run", null, ErrorKind.Corrupt, e);
        }
        if (record.Schema != RunRecord.CurrentSchema)
            throw new InvalidFormatException(name, null, $"its schema '{Short(record.Schema)}' is not known to this version of dv", "install a newer dv");
        if (!RunIds.IsId(record.RunUuid))
            throw new InvalidFormatException(name, null, $"'{Short(record.RunUuid)}' is not the id of a run", null, ErrorKind.Corrupt);
        return record;
    }

    private static string Short(string text) => PathRules.Printable(text[..Math.Min(text.Length, 60)]);
}
