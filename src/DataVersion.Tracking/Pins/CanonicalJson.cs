using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DataVersion.Tracking.Pins;

/// <summary>
/// JSON in one form: no white space, members in the order in which they stand, numbers as written, strings escaped as little as may be
/// (RFC 8785, 3.2.2.2). .NET's own encoders escape what their release does not know, so their bytes would change with it.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>The bytes of an object, without one of its members.</summary>
    /// <exception cref="InvalidOperationException">A string holds half a surrogate pair.</exception>
    internal static byte[] Write(JsonElement value, string without)
    {
        var text = new StringBuilder();
        Append(text, value, without);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A string with its quotes.</summary>
    internal static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2);
        AppendString(quoted, text);
        return quoted.ToString();
    }

    private static void Append(StringBuilder text, JsonElement value, string? without)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                AppendObject(text, value, without);
                break;
            case JsonValueKind.Array:
                text.Append('[');
                bool first = true;
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Append(first ? text : text.Append(','), item, null);
                    first = false;
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                AppendString(text, value.GetString()!);
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void AppendObject(StringBuilder text, JsonElement value, string? without)
    {
        text.Append('{');
        bool first = true;
        foreach (JsonProperty member in value.EnumerateObject())
        {
            if (member.Name == without)
                continue;
            AppendString(first ? text : text.Append(','), member.Name);
            Append(text.Append(':'), member.Value, null);
            first = false;
        }
        text.Append('}');
    }

    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' or '\\' => text.Append('\\').Append(c),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append("\\u00").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }
        text.Append('"');
    }
}
