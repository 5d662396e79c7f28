using System.Text.Json.Nodes;

namespace DataVersion.Testing.Servers;

/// <summary>A request to the fake MLflow server; the body of an upload is not kept here.</summary>
/// <param name="Method">GET, POST, PUT …</param>
/// <param name="Path">Decoded, with '/' at the start.</param>
/// <param name="Query">Decoded.</param>
/// <param name="Headers">Names in any case.</param>
/// <param name="Body">Of a POST; empty for an upload.</param>
public sealed record MlflowServerRequest(
    string Method, string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>A header; null where it was not sent.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value : null;

    /// <summary>The body as an object; an empty one where it is none, as Flask's lenient parsing has it.</summary>
    public JsonObject Json
    {
        get
        {
            try
            {
                return JsonNode.Parse(Body) as JsonObject ?? [];
            }
            catch (System.Text.Json.JsonException)
            {
                return [];
            }
        }
    }
}

/// <summary>What it answers.</summary>
public sealed record MlflowServerAnswer(int Status, string ContentType, string Body, params (string Name, string Value)[] Headers)
{
    /// <summary>A body that is no text; null where it is.</summary>
    public byte[]? Bytes { get; init; }

    public static MlflowServerAnswer Json(JsonObject body) => new(200, "application/json", body.ToJsonString());

    public static MlflowServerAnswer Empty { get; } = new(200, "application/json", "{}");
}

/// <summary>An error as MLflow tells it.</summary>
internal sealed class MlflowServerRefusal(int status, string code, string message) : Exception(message)
{
    public static MlflowServerRefusal Invalid(string message) => new(400, "INVALID_PARAMETER_VALUE", message);

    public static MlflowServerRefusal Missing(string message) => new(404, "RESOURCE_DOES_NOT_EXIST", message);

    public static MlflowServerRefusal There(string message) => new(400, "RESOURCE_ALREADY_EXISTS", message);

    public MlflowServerAnswer Answer => new(status, "application/json",
        new JsonObject { ["error_code"] = code, ["message"] = Message }.ToJsonString());
}
