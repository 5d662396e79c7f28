using System.Text.Json;
using System.Text.Json.Nodes;

namespace DataVersion.Tests.Tracking;

/// <summary>The part of JSON Schema that our schemas use: type, properties, required, items, additionalProperties, enum, $ref inside the document.</summary>
internal static class SchemaCheck
{
    public static IReadOnlyList<string> Problems(JsonNode schema, JsonNode? value, JsonNode root, string at)
    {
        if (schema is JsonValue)
            return schema.GetValue<bool>() ? [] : [$"{at}: nothing is allowed here"];
        if (schema["$ref"]?.GetValue<string>() is { } reference)
            return Problems(Resolve(root, reference), value, root, at);
        if (schema["type"] is { } type && !Types(type).Contains(TypeOf(value)) && !(TypeOf(value) == "integer" && Types(type).Contains("number")))
        {
            return schema["enum"] is JsonArray words && words.Any(w => JsonNode.DeepEquals(w, value)) ? [] : [$"{at}: {TypeOf(value)} where {type.ToJsonString()} is due"];
        }
        var problems = new List<string>();
        if (value is JsonObject members)
        {
            foreach (JsonNode? required in schema["required"]?.AsArray() ?? [])
            {
                if (!members.ContainsKey(required!.GetValue<string>()))
                    problems.Add($"{at}: '{required}' is missing");
            }
            foreach ((string name, JsonNode? member) in members)
            {
                if ((schema["properties"]?[name] ?? schema["additionalProperties"]) is { } of)
                    problems.AddRange(Problems(of, member, root, $"{at}.{name}"));
            }
        }
        if (value is JsonArray items && schema["items"] is { } each)
            problems.AddRange(items.SelectMany((item, i) => Problems(each, item, root, $"{at}[{i}]")));
        return problems;
    }

    private static JsonNode Resolve(JsonNode root, string reference) =>
        reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate(root, (node, step) => node is JsonArray array ? array[int.Parse(step, null)]! : node[step]!);

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray several ? several.Select(t => t!.GetValue<string>()) : [type.GetValue<string>()];

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => value.ToJsonString().AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? "integer" : "number",
    };
}
