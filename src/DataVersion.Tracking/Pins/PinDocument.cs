using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DataVersion.Objects;

namespace DataVersion.Tracking.Pins;

/// <summary>The file <c>dv.pin.json</c> (docs/format.md, "Pin"): a pin that an image carries, so that it needs neither <c>.git</c> nor git.</summary>
public sealed record PinDocument
{
    /// <summary>The file's name.</summary>
    public const string FileName = "dv.pin.json";

    /// <summary>A larger file is refused, in bytes.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    internal const int Version = 1;
    internal const string VersionMember = "dv.pin", HashMember = "sha256", TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>What it pins. Of a document that was read the source is <see cref="PinSource.Baked"/>.</summary>
    public required Pin Pin { get; init; }

    /// <summary>When it was made; written in UTC, in whole seconds.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Reads a document.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <exception cref="InvalidFormatException">It is malformed or too new, or its own hash does not agree.</exception>
    public static PinDocument Parse(ReadOnlyMemory<byte> bytes, string file) => new PinDocumentReader(file).Read(bytes);

    /// <summary>The one text of this pin, with its hash and a line end.</summary>
    public byte[] ToBytes()
    {
        byte[] body = WriteBody();
        string hash = Convert.ToHexStringLower(SHA256.HashData(body));
        return [.. body.AsSpan(0, body.Length - 1), .. Encoding.ASCII.GetBytes($",\"{HashMember}\":\"{hash}\"}}\n")];
    }

    private byte[] WriteBody()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber(VersionMember, Version);
            Text(json, "commit", Pin.DataCommit);
            Text(json, "branch", Pin.CodeBranch);
            json.WriteStartArray("tags");
            foreach (string tag in Pin.CodeTags.Order(StringComparer.Ordinal))
                json.WriteRawValue(CanonicalJson.Quote(tag));
            json.WriteEndArray();
            Text(json, "repository", Pin.DataRepository);
            json.WriteBoolean("dirty", Pin.Dirty);
            Text(json, "created", Created.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture));
            WriteItems(json);
            WriteRemotes(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private void WriteItems(Utf8JsonWriter json)
    {
        json.WriteStartArray("items");
        foreach (PinnedItem item in Pin.Items.OrderBy(item => item.Path, Utf8NameComparer.Instance))
        {
            json.WriteStartObject();
            Text(json, "path", item.Path);
            Text(json, "pointer", item.PointerPath);
            Text(json, "pointerSha256", item.PointerSha256);
            Text(json, "type", item.Pointer.IsDirectory ? "directory" : "file");
            Text(json, "hash", item.Pointer.Hash.ToString());
            json.WriteNumber("size", item.Pointer.Size);
            json.WriteNumber("files", item.Pointer.Files ?? 1);
            Text(json, "blocks", item.Pointer.BlocksId.IsEmpty ? null : item.Pointer.BlocksId.ToString());
            if (item.Pointer.Executable)
                json.WriteBoolean("executable", true);
            Text(json, "remote", item.Pointer.Remote);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WriteRemotes(Utf8JsonWriter json)
    {
        json.WriteStartArray("remotes");
        foreach (PinnedRemote remote in Pin.Remotes.OrderBy(remote => remote.Name, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            Text(json, "name", remote.Name);
            Text(json, "url", remote.Url);
            if (remote.IsDefault)
                json.WriteBoolean("default", true);
            foreach ((string option, string value) in remote.Options.OrderBy(option => option.Key, StringComparer.Ordinal))
                Text(json, option, value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is null)
            return;
        json.WritePropertyName(name);
        json.WriteRawValue(CanonicalJson.Quote(value));
    }
}
