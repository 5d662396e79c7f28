using System.Globalization;
using System.Text.Json.Nodes;

namespace DataVersion.Testing.Servers;

/// <summary>What MLflow refuses, in its words.</summary>
internal static class MlflowServerChecks
{
    public const int MaxParam = 6000;
    public const int MaxTag = 8000;

    public static string Required(JsonObject json, string name, string? path = null)
    {
        JsonNode? value = json[name];
        string text = value is null ? "" : value.GetValueKind() == System.Text.Json.JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        return text.Length > 0 ? text
            : throw MlflowServerRefusal.Invalid($"Missing value for required parameter '{path ?? name}'. See the API docs for more information about request parameters.");
    }

    public static string Optional(JsonObject json, string name) => json[name]?.GetValue<string>() ?? "";

    public static IReadOnlyList<JsonObject> Objects(JsonObject json, string name) => json[name] is JsonArray list ? [.. list.Select(item => item!.AsObject())] : [];

    public static long Whole(JsonObject json, string name, string? path = null)
    {
        string text = Required(json, name, path).Trim('"');
        return long.TryParse(text, CultureInfo.InvariantCulture, out long value) ? value
            : throw MlflowServerRefusal.Invalid($"Invalid value \"{text}\" for parameter '{path ?? name}' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters.");
    }

    public static double Number(JsonObject json, string name, string path) => Required(json, name, path) switch
    {
        "NaN" => double.NaN,
        // SQL stores keep the greatest finite number.
        "Infinity" => double.MaxValue,
        "-Infinity" => -double.MaxValue,
        var text => double.Parse(text, CultureInfo.InvariantCulture),
    };

    public static string Key(JsonObject json, string what, string path)
    {
        string key = Required(json, "key", $"{path}.key");
        if (!key.EnumerateRunes().All(r => System.Text.Rune.IsLetterOrDigit(r) || "_-.: /".Contains((char)r.Value, StringComparison.Ordinal)))
        {
            throw MlflowServerRefusal.Invalid($"Invalid value \"{key}\" for parameter '{path}.key' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).");
        }
        if (key.StartsWith('/') || key.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw MlflowServerRefusal.Invalid($"Invalid value \"{key}\" for parameter '{path}.key' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '{key}'");
        }
        return key.Length <= 250 ? key : throw MlflowServerRefusal.Invalid($"'{what}' exceeds the maximum length of 250 characters");
    }

    public static void Count(int count, int limit, string what)
    {
        if (count > limit)
            throw MlflowServerRefusal.Invalid($"A batch logging request can contain at most {limit} {what}. Got {count} {what}. Please split up {what} across multiple requests and try again.");
    }

    public static string Limited(string value, int limit, string what) => value.Length <= limit ? value
        : throw MlflowServerRefusal.Invalid($"'{what}' exceeds the maximum length of {limit} characters");

    /// <summary>Cut without a word.</summary>
    public static string Truncated(string value, int limit) => value.Length <= limit ? value : value[..limit];

    public static void Active(MlflowServerRun run)
    {
        if (run.IsDeleted)
            throw MlflowServerRefusal.Invalid($"The run {run.Id} must be in the 'active' state. Current state is deleted.");
    }
}
