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
            BaseDocument document = JsonSerializer.Deserialize(bytes, BaseJson.Default.BaseDocument) ?? throw new JsonException("null");
            if (document.Version != Version)
                throw new JsonException($"version {document.Version} is not known");
            return document.Entries.ToDictionary(e => e.Path, FromRow);
        }
        catch (Exception e) when (e is JsonException or System.FormatException or ArgumentException)
        {
            throw new InvalidFormatException(file, null, $"the record of what was placed is damaged ({e.Message})",
                "move the file away: data that differ from their pointers will then need --force, nothing is lost", inner: e);
        }
    }

    /// <summary>Applies changes: a null entry removes the base. Call it under the repository's lock.</summary>
    public void Update(IReadOnlyDictionary<string, BaseEntry?> changes)
    {
        var entries = new SortedDictionary<string, BaseEntry>(Load().ToDictionary(), StringComparer.Ordinal);
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

    private static BaseEntry FromRow(BaseRow row) => new()
    {
        Pointer = new ObjectKey(row.Type == "directory" ? ObjectKind.Tree : ObjectKind.Content, ObjectId.Parse(row.Hash)),
        Placed = row.Placed is { } placed
            ? new TreeEntry
            {
                Kind = Enum.Parse<TreeEntryKind>(placed.Kind),
                Name = row.Path[(row.Path.LastIndexOf('/') + 1)..],
                Id = ObjectId.Parse(placed.Hash),
                Size = placed.Size,
                Files = placed.Files,
                BlocksId = placed.Blocks is null ? default : ObjectId.Parse(placed.Blocks),
            }
            : null,
    };
}

internal sealed record BaseDocument(int Version, IReadOnlyList<BaseRow> Entries);

internal sealed record BaseRow(string Path, string Type, string Hash, PlacedRow? Placed = null);

internal sealed record PlacedRow(string Kind, string Hash, long Size, long Files, string? Blocks = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BaseDocument))]
internal sealed partial class BaseJson : JsonSerializerContext;
