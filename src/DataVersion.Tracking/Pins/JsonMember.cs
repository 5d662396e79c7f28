using System.Globalization;
using System.Text.Json;

namespace DataVersion.Tracking.Pins;

/// <summary>A value of a JSON document that knows where it stands, so that an error can name it.</summary>
internal readonly struct JsonMember(JsonElement element, string path, string file)
{
    internal JsonMember this[string name] => Find(name) ?? throw Bad(Join(name), "is missing");

    internal JsonMember? Find(string name) =>
        Object().TryGetProperty(name, out JsonElement found) ? new JsonMember(found, Join(name), file) : null;

    internal IEnumerable<KeyValuePair<string, JsonMember>> Members()
    {
        foreach (JsonProperty member in Object().EnumerateObject())
            yield return KeyValuePair.Create(member.Name, new JsonMember(member.Value, Join(member.Name), file));
    }

    internal IReadOnlyList<JsonMember> Items()
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw Bad("is not a list");
        var items = new List<JsonMember>(element.GetArrayLength());
        foreach (JsonElement item in element.EnumerateArray())
            items.Add(new JsonMember(item, string.Create(CultureInfo.InvariantCulture, $"{path}[{items.Count}]"), file));
        return items;
    }

    internal string Text() => element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Bad("is not a text");

    internal bool Flag() => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw Bad("is not true or false");

    internal long Number(long limit) => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long value) && value >= 0 && value <= limit
        ? value
        : throw Bad($"is not a whole number from 0 to {limit.ToString(CultureInfo.InvariantCulture)}");

    internal InvalidFormatException Bad(string problem) => Bad(path, problem);

    private InvalidFormatException Bad(string member, string problem) => new(file, null, member.Length == 0 ? problem : $"'{member}' {problem}");

    private JsonElement Object() => element.ValueKind == JsonValueKind.Object ? element : throw Bad(path.Length == 0 ? "is not a JSON object" : "is not an object");

    private string Join(string name) => path.Length == 0 ? name : $"{path}.{name}";
}
