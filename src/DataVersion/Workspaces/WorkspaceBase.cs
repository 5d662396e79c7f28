using System.Text.Json;
using System.Text.Json.Serialization;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// What was last placed in, or added from, this workspace for one pointer. It tells an edit from a pointer that moved (DESIGN "Base").
/// </summary>
public sealed record BaseEntry
{
    /// <summary>The root that the pointer named when its data were last placed or added whole.</summary>
    public required ObjectKey Pointer { get; init; }

    /// <summary>
    /// Exactly what is in the workspace: <see cref="Pointer"/> itself, or, after a partial pull, a tree of the parts that were placed
    /// (kept in the cache). Null where nothing was placed.
    /// </summary>
    public required TreeEntry? Placed { get; init; }

    /// <summary>True where everything that the pointer names is placed.</summary>
    public bool IsWhole => Placed is not null && Placed.Key == Pointer;
}

/// <summary>The bases of a worktree: one small JSON file, replaced whole under the repository's lock. Not rebuildable, so it is flushed.</summary>
public sealed class WorkspaceBase(string file)
{
    private const int Version = 1;

    /// <summary>All bases by tracked path.</summary>
    /// <exception cref="InvalidFormatException">The file is damaged: its loss is said, never guessed over.</exception>
    public IReadOnlyDictionary<string, BaseEntry> Load()
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Dictionary<string, BaseEntry>();
        }
        try
        {
            // Element by element: every command reads this file, and a serializer's start takes longer than the rest of a command that finds nothing to do.
            using JsonDocument document = JsonDocument.Parse(bytes);
            int version = document.RootElement.GetProperty("version").GetInt32();
            if (version != Version)
                throw new JsonException($"version {version} is not known");
            var entries = new Dictionary<string, BaseEntry>();
            foreach (JsonElement row in document.RootElement.GetProperty("entries").EnumerateArray())
                entries.Add(Text(row, "path"), FromRow(row));
            return entries;
        }
        catch (Exception e) when (e is JsonException or System.FormatException or ArgumentException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidFormatException(file, null, $"the record of what was placed is damaged ({e.Message})",
                "move the file away: data that differ from their pointers will then need --force, nothing is lost", inner: e);
        }
    }

    /// <summary>Applies changes: a null entry removes the base. Call it under the repository's lock.</summary>
    public void Update(IReadOnlyDictionary<string, BaseEntry?> changes)
    {
        IReadOnlyDictionary<string, BaseEntry> before = Load();
        if (changes.All(c => before.GetValueOrDefault(c.Key) == c.Value))
            return;
        var entries = new SortedDictionary<string, BaseEntry>(before.ToDictionary(), StringComparer.Ordinal);
        foreach ((string path, BaseEntry? entry) in changes)
        {
            if (entry is null)
                entries.Remove(path);
            else
                entries[path] = entry;
        }
        var document = new BaseDocument(Version, [.. entries.Select(e => ToRow(e.Key, e.Value))]);
        AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(document, BaseJson.Default.BaseDocument));
    }

    private static BaseRow ToRow(string path, BaseEntry entry) => new(
        path,
        entry.Pointer.Kind == ObjectKind.Tree ? "directory" : "file",
        entry.Pointer.Id.ToString(),
        entry.Placed is { } placed
            ? new PlacedRow(placed.Kind.ToString(), placed.Id.ToString(), placed.Size ?? 0, placed.Files, placed.BlocksId.IsEmpty ? null : placed.BlocksId.ToString())
            : null);

    private static BaseEntry FromRow(JsonElement row)
    {
        string path = Text(row, "path");
        return new BaseEntry
        {
            Pointer = new ObjectKey(Text(row, "type") == "directory" ? ObjectKind.Tree : ObjectKind.Content, ObjectId.Parse(Text(row, "hash"))),
            Placed = row.TryGetProperty("placed", out JsonElement placed) && placed.ValueKind != JsonValueKind.Null ? Placed(path, placed) : null,
        };
    }

    private static TreeEntry Placed(string path, JsonElement row) => new()
    {
        Kind = Enum.Parse<TreeEntryKind>(Text(row, "kind")),
        Name = WorkspacePath.Name(path),
        Id = ObjectId.Parse(Text(row, "hash")),
        Size = row.GetProperty("size").GetInt64(),
        Files = row.GetProperty("files").GetInt64(),
        BlocksId = row.TryGetProperty("blocks", out JsonElement blocks) && blocks.ValueKind != JsonValueKind.Null ? ObjectId.Parse(blocks.GetString()!) : default,
    };

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString() ?? throw new JsonException($"'{name}' is null");
}

internal sealed record BaseDocument(int Version, IReadOnlyList<BaseRow> Entries);

internal sealed record BaseRow(string Path, string Type, string Hash, PlacedRow? Placed = null);

internal sealed record PlacedRow(string Kind, string Hash, long Size, long Files, string? Blocks = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BaseDocument))]
internal sealed partial class BaseJson : JsonSerializerContext;
