using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DataVersion.Tracking.Parameters;

/// <summary>Reads a parameter file in JSON (RFC 8259, without comments).</summary>
internal static class JsonParameters
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = ParameterRules.MaxDepth };
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <exception cref="InvalidFormatException">It is not a JSON object, nested too deep, or has a name twice.</exception>
    /// <exception cref="UsageException">A name or value that is not allowed.</exception>
    public static List<Parameter> Read(ReadOnlyMemory<byte> utf8, string file)
    {
        if (utf8.Span.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[3..];
        var table = new ParameterTable(file);
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, Options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidFormatException(file, 1, "not an object of names and values");
            Flatten(document.RootElement, null, table);
        }
        catch (JsonException e)
        {
            throw new InvalidFormatException(file, (int?)e.LineNumber + 1, $"not JSON: {FirstSentence(e.Message)}", inner: e);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidFormatException(file, null, "a text with half of a character (\\ud800 to \\udfff)", inner: e);
        }
        return table.Parameters;
    }

    /// <summary>Compact JSON, numbers as they were written.</summary>
    public static string Write(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Compact))
            write(writer);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void Flatten(JsonElement element, string? name, ParameterTable table)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            string full = ParameterTable.Join(name, property.Name);
            if (property.Value.ValueKind == JsonValueKind.Object && property.Value.GetPropertyCount() > 0)
                Flatten(property.Value, full, table);
            else
                table.Add(full, Text(property.Value), null);
        }
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array or JsonValueKind.Object => Write(value.WriteTo),
        _ => value.GetRawText(),
    };

    /// <summary>The rest of the message repeats the place, and may quote the text.</summary>
    private static string FirstSentence(string message)
    {
        string line = message.ReplaceLineEndings(" ");
        int end = line.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? line : line[..end];
    }
}
