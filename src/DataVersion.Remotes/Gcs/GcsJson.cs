using System.Text.Json.Serialization;

namespace DataVersion.Remotes.Gcs;

/// <summary>An object as the service describes it; numbers are strings in its JSON.</summary>
internal sealed record GcsObject(string? Name, string? Size, string? Generation, DateTimeOffset? Updated, string? Crc32c)
{
    /// <summary>What is asked of it, in the service's words.</summary>
    public const string Fields = "name,size,generation,updated";

    /// <summary>What is asked of one that was just written.</summary>
    public const string WrittenFields = "name,size,generation,updated,crc32c";
}

/// <summary>One page of a listing.</summary>
internal sealed record GcsPage(IReadOnlyList<GcsObject>? Items, string? NextPageToken);

/// <summary>What is said of an object when it is written.</summary>
internal sealed record GcsMetadata(string Name, string? Crc32c, string? StorageClass, string ContentType = "application/octet-stream");

/// <summary>An error as the service tells it.</summary>
internal sealed record GcsErrorAnswer(GcsErrorBody? Error);

/// <inheritdoc cref="GcsErrorAnswer"/>
internal sealed record GcsErrorBody(string? Message, IReadOnlyList<GcsErrorItem>? Errors);

/// <inheritdoc cref="GcsErrorAnswer"/>
internal sealed record GcsErrorItem(string? Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GcsObject))]
[JsonSerializable(typeof(GcsPage))]
[JsonSerializable(typeof(GcsMetadata))]
[JsonSerializable(typeof(GcsErrorAnswer))]
internal sealed partial class GcsJson : JsonSerializerContext;
