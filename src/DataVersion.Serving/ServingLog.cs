using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DataVersion.Serving;

/// <summary>The log: one JSON object a line. What is written holds no secrets: errors of the library and URIs hold none.</summary>
internal sealed class ServingLog(TextWriter output, TimeProvider clock)
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Lock _lock = new();

    internal void Info(string @event, params ReadOnlySpan<(string Name, string? Value)> facts) => Write("info", @event, facts);

    internal void Warn(string @event, params ReadOnlySpan<(string Name, string? Value)> facts) => Write("warning", @event, facts);

    internal void Error(string @event, params ReadOnlySpan<(string Name, string? Value)> facts) => Write("error", @event, facts);

    internal void Request(string method, string path, int status, double milliseconds, long rows)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            Begin(json, "info", "request");
            json.WriteString("method", method);
            json.WriteString("path", path);
            json.WriteNumber("status", status);
            json.WriteNumber("ms", Math.Round(milliseconds, 3));
            if (rows > 0)
                json.WriteNumber("rows", rows);
            json.WriteEndObject();
        }
        Send(buffer);
    }

    private void Write(string level, string @event, ReadOnlySpan<(string Name, string? Value)> facts)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            Begin(json, level, @event);
            foreach ((string name, string? value) in facts)
            {
                if (value is not null)
                    json.WriteString(name, value);
            }
            json.WriteEndObject();
        }
        Send(buffer);
    }

    private void Begin(Utf8JsonWriter json, string level, string @event)
    {
        json.WriteStartObject();
        json.WriteString("time", clock.GetUtcNow().UtcDateTime);
        json.WriteString("level", level);
        json.WriteString("event", @event);
    }

    private void Send(ArrayBufferWriter<byte> buffer)
    {
        string line = Encoding.UTF8.GetString(buffer.WrittenSpan);
        lock (_lock)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }
}
