using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using DataVersion.Objects;

namespace DataVersion.Tracking.Metrics;

/// <summary>
/// One line of the file that a trainer writes its metrics to: <c>{"name":"loss","value":0.1,"step":3}</c>, or the short form
/// <c>{"step":3,"loss":0.1,"acc":0.9}</c> in which every other number is a metric. <c>"timestamp"</c> (milliseconds since 1970, or RFC 3339) may be there.
/// </summary>
public static class MetricLine
{
    /// <summary>The longest line that is read, in bytes, without its end.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxNameLength = 250;
    private const int MaxDepth = 16;
    private const string Name = "name", Value = "value", Step = "step", Timestamp = "timestamp";

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <summary>Reads a line; throws nothing, whatever the bytes.</summary>
    /// <param name="utf8">The line without its end. An empty one has no points and is no problem.</param>
    /// <param name="line">Its number, counted from 1, for the problem.</param>
    /// <param name="nowMs">The time of points that carry none: milliseconds since 1970.</param>
    /// <param name="points">The points are added to this.</param>
    /// <param name="problem">What is wrong; null where this returns true.</param>
    /// <returns>False where the line is no metric: then no point was added.</returns>
    public static bool TryParse(ReadOnlySpan<byte> utf8, long line, long nowMs, ICollection<MetricPoint> points, out MetricProblem? problem)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[3..];
        var found = new List<MetricPoint>();
        string? wrong = utf8.Trim(" \t\r"u8).IsEmpty ? null
            : utf8.Length > MaxBytes ? $"longer than {MaxBytes} bytes"
            : Utf8.IsValid(utf8) ? ParseJson(utf8.ToArray(), nowMs, found)
            : "not UTF-8 text";
        problem = wrong is null ? null : new MetricProblem(line, wrong);
        if (wrong is not null)
            return false;
        foreach (MetricPoint point in found)
            points.Add(point);
        return true;
    }

    private static string? ParseJson(ReadOnlyMemory<byte> utf8, long nowMs, List<MetricPoint> points)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(JsonNumberWords.Quote(utf8), Options);
            return document.RootElement.ValueKind == JsonValueKind.Object ? ParseObject(document.RootElement, nowMs, points) : "not a JSON object";
        }
        catch (JsonException)
        {
            return "not a JSON object on one line";
        }
        catch (InvalidOperationException)
        {
            return "a text with half of a character (\\ud800 to \\udfff)";
        }
    }

    private static string? ParseObject(JsonElement line, long nowMs, List<MetricPoint> points)
    {
        long step = 0, timestamp = nowMs;
        if (line.TryGetProperty(Step, out JsonElement stepElement) && !TryReadInteger(stepElement, out step))
            return "\"step\" is not a whole number";
        if (line.TryGetProperty(Timestamp, out JsonElement time) && !TryReadTime(time, out timestamp))
            return "\"timestamp\" is neither milliseconds since 1970 nor a time like 2026-01-31T12:00:00Z";
        if (!line.TryGetProperty(Name, out JsonElement name) || name.ValueKind != JsonValueKind.String)
            return ParseShort(line, step, timestamp, points);
        if (!line.TryGetProperty(Value, out JsonElement value) || !TryReadValue(value, out double number))
            return "\"value\" is missing or not a number";
        return Add(name.GetString()!, number, step, timestamp, points);
    }

    private static string? ParseShort(JsonElement line, long step, long timestamp, List<MetricPoint> points)
    {
        foreach (JsonProperty property in line.EnumerateObject())
        {
            if (property.Name is Step or Timestamp || !TryReadValue(property.Value, out double number))
                continue;
            if (Add(property.Name, number, step, timestamp, points) is { } problem)
                return problem;
        }
        return points.Count == 0 ? "no number in it" : null;
    }

    private static string? Add(string name, double value, long step, long timestamp, List<MetricPoint> points)
    {
        if (CheckName(name) is { } problem)
            return problem;
        points.Add(new MetricPoint(name, value, step, timestamp));
        return null;
    }

    /// <summary>MLflow's rule: letters, digits, '_', '-', '.', ':', '/' and space, and a clean relative path, as it may become a file's name.</summary>
    private static string? CheckName(string name)
    {
        if (name.Length is 0 or > MaxNameLength)
            return $"a name of {name.Length} characters; 1 to {MaxNameLength} are allowed";
        if (!name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or ':' or '/' or ' ') || name.Split('/').Any(part => part is "" or "." or ".."))
            return $"'{PathRules.Printable(name)}' is no name (letters, digits, '_', '-', '.', ':', space; parts separated by '/')";
        return null;
    }

    private static bool TryReadValue(JsonElement element, out double value)
    {
        value = 0;
        return element.ValueKind switch
        {
            JsonValueKind.Number => element.TryGetDouble(out value),
            JsonValueKind.String => JsonNumberWords.TryParse(element.GetString()!, out value),
            _ => false,
        };
    }

    private static bool TryReadInteger(JsonElement element, out long value)
    {
        value = 0;
        if (element.ValueKind != JsonValueKind.Number)
            return false;
        if (element.TryGetInt64(out value))
            return true;
        // Some trainers count in floating point: 3.0, 1e3.
        if (!element.TryGetDouble(out double number) || number != Math.Floor(number) || Math.Abs(number) > 1L << 53)
            return false;
        value = (long)number;
        return true;
    }

    private static bool TryReadTime(JsonElement element, out long milliseconds)
    {
        milliseconds = 0;
        switch (element.ValueKind)
        {
            case JsonValueKind.Number when element.TryGetDouble(out double number) && Math.Abs(number) < 1L << 53:
                milliseconds = (long)number;
                return true;
            case JsonValueKind.String when element.GetString() is { } text && text.Contains('T')
                && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time):
                milliseconds = time.ToUnixTimeMilliseconds();
                return true;
            default:
                return false;
        }
    }
}
