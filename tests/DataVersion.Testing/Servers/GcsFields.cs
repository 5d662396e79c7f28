using System.Text.Json.Nodes;

namespace DataVersion.Testing.Servers;

/// <summary>Partial answers: <c>fields=items(name,size),nextPageToken</c>.</summary>
internal static class GcsFields
{
    public static JsonNode Select(JsonNode json, string? fields)
    {
        if (fields is null)
            return json;
        int position = 0;
        return Apply(json, Parse(fields, ref position));
    }

    // A name without a list stands for everything below it.
    private static Dictionary<string, object?> Parse(string fields, ref int position)
    {
        var wanted = new Dictionary<string, object?>();
        while (position < fields.Length)
        {
            int begin = position;
            while (position < fields.Length && fields[position] is not (',' or '(' or ')'))
                position++;
            string name = fields[begin..position];
            Dictionary<string, object?>? below = null;
            if (position < fields.Length && fields[position] == '(')
            {
                position++;
                below = Parse(fields, ref position);
            }
            if (name.Length == 0)
                throw GcsRefusal.Invalid($"Invalid field selection {fields}");
            wanted[name] = below;
            if (position < fields.Length && fields[position++] == ')')
                break;
        }
        return wanted;
    }

    private static JsonNode Apply(JsonNode json, Dictionary<string, object?> wanted)
    {
        if (json is JsonArray array)
            return new JsonArray([.. array.Select(item => Apply(item!, wanted))]);
        var selected = new JsonObject();
        foreach ((string name, object? below) in wanted)
        {
            if (json[name] is { } value)
                selected[name] = below is Dictionary<string, object?> names ? Apply(value, names) : value.DeepClone();
        }
        return selected;
    }
}
