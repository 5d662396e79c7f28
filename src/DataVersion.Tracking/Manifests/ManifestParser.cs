using System.Text.Json;
using DataVersion.Hashing;
using DataVersion.Objects;

namespace DataVersion.Tracking.Manifests;

/// <summary>
/// The JSON of a manifest, taken in as it comes. Members that it does not know are passed over; those that it knows come once, an item's own before its
/// files, and <c>schema</c> before the items.
/// </summary>
internal sealed class ManifestParser
{
    private enum Place
    {
        Start,
        Document,
        Items,
        Item,
        Files,
        End,
    }

    private readonly ManifestOrder _order = new();
    private JsonReaderState _state;
    private Place _place = Place.Start;
    private bool _hasSchema;
    private bool _hasItems;
    private bool _hasFiles;
    private string? _path;
    private ObjectId _hash;
    private long? _size;

    /// <summary>Takes as many whole tokens as there are.</summary>
    /// <param name="bytes">What was left over the last time, and more.</param>
    /// <param name="last">True where nothing follows.</param>
    /// <param name="found">Receives the entries.</param>
    /// <returns>How many bytes were taken.</returns>
    public int Parse(ReadOnlySpan<byte> bytes, bool last, List<ManifestEntry> found)
    {
        var reader = new Utf8JsonReader(bytes, last, _state);
        while (true)
        {
            Utf8JsonReader before = reader;
            if (reader.Read() && Take(ref reader, found))
                continue;
            // A member whose value is not all there yet is read again, from its name on.
            _state = before.CurrentState;
            return (int)before.BytesConsumed;
        }
    }

    /// <summary>What a document that has ended lacks; null where it is whole.</summary>
    public string? FindMissing() => _place == Place.End ? null : "is cut off";

    private bool Take(ref Utf8JsonReader reader, List<ManifestEntry> found)
    {
        JsonTokenType token = reader.TokenType;
        switch (_place)
        {
            case Place.Start:
                _place = token == JsonTokenType.StartObject ? Place.Document : throw new ManifestProblemException("is not a manifest: it is no JSON object");
                return true;
            case Place.Document when token == JsonTokenType.EndObject:
                _place = _hasItems ? Place.End : throw new ManifestProblemException("has no 'items'");
                return true;
            case Place.Document:
                return TakeDocumentMember(ref reader);
            case Place.Items when token == JsonTokenType.EndArray:
                _place = Place.Document;
                return true;
            case Place.Items:
                BeginItem(token);
                return true;
            case Place.Item when token == JsonTokenType.EndObject:
                EndItem();
                return true;
            case Place.Item:
                return TakeItemMember(ref reader, found);
            case Place.Files when token == JsonTokenType.EndArray:
                _place = Place.Item;
                return true;
            case Place.Files:
                return TakeFile(ref reader, found);
            default:
                return true;
        }
    }

    private bool TakeDocumentMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("schema"u8))
        {
            if (!reader.Read())
                return false;
            Once(_hasSchema, "schema");
            CheckSchema(Text(ref reader, "schema"));
            _hasSchema = true;
            return true;
        }
        if (!reader.ValueTextEquals("items"u8))
            return reader.TrySkip();
        if (!reader.Read())
            return false;
        if (!_hasSchema)
            throw new ManifestProblemException("does not begin with its 'schema'");
        Once(_hasItems, "items");
        BeginArray(ref reader, "items");
        (_hasItems, _place) = (true, Place.Items);
        return true;
    }

    private bool TakeItemMember(ref Utf8JsonReader reader, List<ManifestEntry> found)
    {
        if (reader.ValueTextEquals("files"u8))
        {
            if (!reader.Read())
                return false;
            Once(_hasFiles, "files");
            BeginArray(ref reader, "files");
            if (_path is null || _hash.IsEmpty || _size is null)
                throw new ManifestProblemException("an item has no 'path', 'hash' or 'size' before its 'files'");
            Found(found, new ManifestItem(_path, _hash, _size.Value));
            (_hasFiles, _place) = (true, Place.Files);
            return true;
        }
        bool path = reader.ValueTextEquals("path"u8), hash = reader.ValueTextEquals("hash"u8), size = reader.ValueTextEquals("size"u8);
        if (!path && !hash && !size)
            return reader.TrySkip();
        if (!reader.Read())
            return false;
        if (path)
            _path = Once(_path is not null || _hasFiles, "path") ?? Text(ref reader, "path");
        else if (hash)
            _hash = Hash(Once(!_hash.IsEmpty || _hasFiles, "hash") ?? Text(ref reader, "hash"));
        else
            _size = Once(_size is not null || _hasFiles, "size") is null ? Number(ref reader) : null;
        return true;
    }

    private bool TakeFile(ref Utf8JsonReader reader, List<ManifestEntry> found)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new ManifestProblemException("'files' holds something that is no file");
        string? path = null;
        ObjectId id = default;
        long? size = null;
        bool? executable = null, link = null;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                if (path is null || id.IsEmpty)
                    throw new ManifestProblemException("a file has no 'path' or no 'hash'");
                Found(found, new ManifestFile(path, id, size) { Executable = executable == true, Link = link == true });
                return true;
            }
            Utf8JsonReader name = reader;
            bool known = name.ValueTextEquals("path"u8) || name.ValueTextEquals("hash"u8) || name.ValueTextEquals("size"u8)
                || name.ValueTextEquals("executable"u8) || name.ValueTextEquals("link"u8);
            if (known ? !reader.Read() : !reader.TrySkip())
                return false;
            if (!known)
                continue;
            if (name.ValueTextEquals("path"u8))
                path = Once(path is not null, "path") ?? Text(ref reader, "path");
            else if (name.ValueTextEquals("hash"u8))
                id = Hash(Once(!id.IsEmpty, "hash") ?? Text(ref reader, "hash"));
            else if (name.ValueTextEquals("size"u8))
                size = Once(size is not null, "size") is null ? Number(ref reader) : null;
            else if (name.ValueTextEquals("executable"u8))
                executable = Once(executable is not null, "executable") is null && Truth(ref reader, "executable");
            else
                link = Once(link is not null, "link") is null && Truth(ref reader, "link");
        }
        return false;
    }

    private void BeginItem(JsonTokenType token)
    {
        if (token != JsonTokenType.StartObject)
            throw new ManifestProblemException("'items' holds something that is no item");
        (_path, _hash, _size, _hasFiles, _place) = (null, default, null, false, Place.Item);
    }

    private void EndItem()
    {
        if (!_hasFiles)
            throw new ManifestProblemException("an item has no 'files'");
        if (_order.EndItem() is { } problem)
            throw new ManifestProblemException(problem);
        _place = Place.Items;
    }

    private void Found(List<ManifestEntry> found, ManifestEntry entry)
    {
        if (_order.Add(entry) is { } problem)
            throw new ManifestProblemException(problem);
        found.Add(entry);
    }

    private static void CheckSchema(string schema)
    {
        if (schema == DataManifest.Schema)
            return;
        string kind = DataManifest.Schema[..(DataManifest.Schema.IndexOf('/', StringComparison.Ordinal) + 1)];
        throw schema.StartsWith(kind, StringComparison.Ordinal)
            ? new ManifestProblemException($"is of a newer kind ('{PathRules.Printable(schema)}')", "install a newer dv")
            : new ManifestProblemException($"is not a manifest: its schema is '{PathRules.Printable(schema)}'");
    }

    private static void BeginArray(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new ManifestProblemException($"'{name}' is no list");
    }

    private static string? Once(bool there, string name) => there ? throw new ManifestProblemException($"'{name}' is there twice, or too late") : null;

    private static string Text(ref Utf8JsonReader reader, string name)
    {
        try
        {
            return reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new ManifestProblemException($"'{name}' is no text");
        }
        catch (InvalidOperationException)
        {
            // Bytes that are not UTF-8, or half of a surrogate pair.
            throw new ManifestProblemException($"'{name}' is not valid Unicode");
        }
    }

    private static ObjectId Hash(string text) =>
        ObjectId.TryParse(text, out ObjectId id) ? id : throw new ManifestProblemException($"'{PathRules.Printable(text.Length > 100 ? text[..100] : text)}' is no hash");

    private static long Number(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long value) ? value : throw new ManifestProblemException("'size' is no whole number");

    private static bool Truth(ref Utf8JsonReader reader, string name) =>
        reader.TokenType is JsonTokenType.True or JsonTokenType.False
            ? reader.GetBoolean()
            : throw new ManifestProblemException($"'{name}' is neither true nor false");
}
