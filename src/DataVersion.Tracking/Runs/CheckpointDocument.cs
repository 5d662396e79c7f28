using System.Text.Json;
using System.Text.Json.Serialization;
using DataVersion.Hashing;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Runs;

/// <summary>
/// The last checkpoint of a logical run: <c>runs/checkpoints/KEY.json</c> on a remote (docs/format.md, "Runs"). It is put after everything that it names.
/// </summary>
internal sealed record CheckpointDocument
{
    public const int MaxBytes = 64 * 1024;

    public int Version { get; set; } = 1;

    /// <summary>The run that saved it.</summary>
    public required string Run { get; init; }

    public required DateTimeOffset SavedOn { get; init; }

    /// <summary><c>file</c> or <c>directory</c>.</summary>
    public required string Type { get; init; }

    public required string Hash { get; init; }

    public required long Size { get; init; }

    public long? Files { get; init; }

    public string? Blocks { get; init; }

    public static CheckpointDocument Of(Pointer pointer, string run, DateTimeOffset savedOn) => new()
    {
        Run = run,
        SavedOn = savedOn,
        Type = pointer.IsDirectory ? "directory" : "file",
        Hash = pointer.Hash.ToString(),
        Size = pointer.Size,
        Files = pointer.Files,
        Blocks = pointer.BlocksId.IsEmpty ? null : pointer.BlocksId.ToString(),
    };

    /// <exception cref="InvalidFormatException">It is no checkpoint, or of a newer version.</exception>
    public static CheckpointDocument Parse(byte[] bytes, string name)
    {
        try
        {
            CheckpointDocument document = JsonSerializer.Deserialize(bytes, CheckpointJson.Default.CheckpointDocument) ?? throw new JsonException("it is null");
            if (document.Version != 1)
                throw new InvalidFormatException(name, null, $"version {document.Version} of a checkpoint is not known to this version of dv", "install a newer dv");
            _ = document.ToPointer();
            return document;
        }
        catch (Exception e) when (e is JsonException or System.FormatException or InvalidOperationException)
        {
            throw new InvalidFormatException(name, null, "is not a checkpoint", null, ErrorKind.Corrupt, e);
        }
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, CheckpointJson.Default.CheckpointDocument);

    public Pointer ToPointer() => new()
    {
        IsDirectory = Type switch
        {
            "directory" => true,
            "file" => false,
            _ => throw new System.FormatException($"'{Type}' is neither file nor directory"),
        },
        Hash = ObjectId.Parse(Hash),
        Size = Size,
        Files = Files,
        BlocksId = Blocks is null ? default : ObjectId.Parse(Blocks),
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CheckpointDocument))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
