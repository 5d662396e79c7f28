using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace DataVersion.Objects;

/// <summary><c>dv.json</c>: which remote this is and what a client must understand.</summary>
internal sealed record StoreDocument(int? Version, string? Id, IReadOnlyList<string>? Layouts, IReadOnlyList<string>? Requires);

/// <summary>One state of a garbage collection.</summary>
internal sealed record CollectDocument(int? Version, string? State);

/// <summary>What a receipt says, for people and for later checks; that it exists is what counts.</summary>
internal sealed record ReceiptDocument(int Version, string Root, string? Blocks, long? Size, long? Files);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoreDocument))]
[JsonSerializable(typeof(CollectDocument))]
[JsonSerializable(typeof(ReceiptDocument))]
internal sealed partial class StoreJson : JsonSerializerContext
{
    /// <summary>Reads a document that someone else may have put there.</summary>
    /// <exception cref="InvalidFormatException">It is not JSON of that shape.</exception>
    public static T Read<T>(byte[] bytes, string name, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, type) ?? throw NotReadable(name, null);
        }
        catch (JsonException e)
        {
            throw NotReadable(name, e);
        }
    }

    private static InvalidFormatException NotReadable(string name, Exception? inner) =>
        new(name, null, "is not a document of dv", "does the URL lead to a dv remote, and not to a web page?", ErrorKind.Remote, inner);
}
