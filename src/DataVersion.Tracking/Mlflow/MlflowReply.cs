using System.Globalization;
using System.Text.Json;

namespace DataVersion.Tracking.Mlflow;

/// <summary>A JSON object of an answer, read with typed errors where it is not what the API promises.</summary>
internal readonly struct MlflowReply(MlflowSettings settings, string doing, JsonElement json)
{
    /// <exception cref="MlflowException">It is not JSON, or no object.</exception>
    public static MlflowReply Parse(MlflowSettings settings, string doing, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new MlflowReply(settings, doing, document.RootElement.Clone())
                : throw MlflowFailure.NotAnAnswer(settings, doing, "is not a JSON object");
        }
        catch (JsonException e)
        {
            throw MlflowFailure.NotAnAnswer(settings, doing, "is not JSON", e);
        }
    }

    /// <summary>An object within; an empty answer omits it, which is an error here.</summary>
    public MlflowReply Object(string name) => Find(name, JsonValueKind.Object) is { } found ? new MlflowReply(settings, doing, found) : throw Lacks(name);

    /// <summary>Whether there is something under this name.</summary>
    public bool Has(string name) => json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The objects of a list; none where the server omits it.</summary>
    public IEnumerable<MlflowReply> Items(string name)
    {
        if (Find(name, JsonValueKind.Array) is not { } list)
            yield break;
        foreach (JsonElement item in list.EnumerateArray())
            yield return item.ValueKind == JsonValueKind.Object ? new MlflowReply(settings, doing, item) : throw Lacks(name);
    }

    /// <summary>A text that must be there.</summary>
    public string Text(string name) => TextOrNull(name) ?? throw Lacks(name);

    /// <summary>A text; null where the server omits it, as it does with empty ones. Numbers are given as their text.</summary>
    public string? TextOrNull(string name)
    {
        if (!json.TryGetProperty(name, out JsonElement value))
            return null;
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number => value.GetRawText(),
                JsonValueKind.Null => null,
                _ => throw Lacks(name),
            };
        }
        catch (InvalidOperationException)
        {
            throw Lacks(name);
        }
    }

    /// <summary>A whole number, which the server may send as a text; 0 where it omits it.</summary>
    public long Whole(string name) => TextOrNull(name) is not { } text ? 0
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : throw Lacks(name);

    /// <summary>A number; "NaN" and "Infinity" come as texts.</summary>
    public double Number(string name) => TextOrNull(name) switch
    {
        null => 0,
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        var text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw Lacks(name),
    };

    public bool Flag(string name) => json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <summary>A list of keys and values as a dictionary; the last of two equal keys counts.</summary>
    public IReadOnlyDictionary<string, string> Pairs(string name)
    {
        var pairs = new Dictionary<string, string>();
        foreach (MlflowReply item in Items(name))
            pairs[item.Text("key")] = item.TextOrNull("value") ?? "";
        return pairs;
    }

    private JsonElement? Find(string name, JsonValueKind kind)
    {
        if (!json.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == kind ? value : throw Lacks(name);
    }

    private MlflowException Lacks(string name) => MlflowFailure.NotAnAnswer(settings, doing, $"has no proper '{name}'");
}
