using System.Text.Json;
using System.Text.RegularExpressions;

namespace DataVersion.Tracking.Parameters;

/// <summary>Reads a parameter file in YAML. Scalars keep the text that they were written with; lists become JSON.</summary>
internal static partial class YamlParameters
{
    /// <exception cref="InvalidFormatException">It is not a YAML mapping, nested too deep, has a name twice, or uses anchors, aliases or tags.</exception>
    /// <exception cref="UsageException">A name or value that is not allowed.</exception>
    public static List<Parameter> Read(ReadOnlySpan<byte> utf8, string file)
    {
        var table = new ParameterTable(file);
        YamlNode? root = YamlReader.Read(utf8, file);
        if (root is YamlMapping mapping)
            Flatten(mapping, null, table);
        else if (root is not (null or YamlScalar { Text: "", IsPlain: true }))
            throw new InvalidFormatException(file, root.Line, "not a mapping of names to values");
        return table.Parameters;
    }

    private static void Flatten(YamlMapping mapping, string? name, ParameterTable table)
    {
        foreach ((string key, int line, YamlNode value) in mapping.Entries)
        {
            string full = ParameterTable.Join(name, key);
            if (value is YamlMapping { Entries.Count: > 0 } inner)
                Flatten(inner, full, table);
            else
                table.Add(full, value is YamlScalar scalar ? scalar.Text : JsonParameters.Write(writer => Write(writer, value)), line);
        }
    }

    private static void Write(Utf8JsonWriter writer, YamlNode node)
    {
        switch (node)
        {
            case YamlScalar scalar:
                WriteScalar(writer, scalar);
                break;
            case YamlList list:
                writer.WriteStartArray();
                foreach (YamlNode item in list.Items)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case YamlMapping mapping:
                writer.WriteStartObject();
                foreach ((string key, _, YamlNode value) in mapping.Entries)
                {
                    writer.WritePropertyName(key);
                    Write(writer, value);
                }
                writer.WriteEndObject();
                break;
        }
    }

    /// <summary>By YAML's core schema, as far as JSON has the value; the rest (.inf, 0x10) stays text.</summary>
    private static void WriteScalar(Utf8JsonWriter writer, YamlScalar scalar)
    {
        if (!scalar.IsPlain)
            writer.WriteStringValue(scalar.Text);
        else if (scalar.Text is "" or "~" or "null" or "Null" or "NULL")
            writer.WriteNullValue();
        else if (scalar.Text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE")
            writer.WriteBooleanValue(scalar.Text[0] is 't' or 'T');
        else if (JsonNumber().IsMatch(scalar.Text))
            writer.WriteRawValue(scalar.Text);
        else
            writer.WriteStringValue(scalar.Text);
    }

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\z")]
    private static partial Regex JsonNumber();
}
