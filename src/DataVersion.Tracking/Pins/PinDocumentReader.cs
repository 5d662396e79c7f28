using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Pins;

/// <summary>Reads <c>dv.pin.json</c>. What it does not know it ignores, but the hash covers it; what it knows must be right.</summary>
internal sealed class PinDocumentReader(string file)
{
    private const int MaxDepth = 16;
    // As in pointers.
    private const long MaxFiles = 1_000_000_000, BlocksThreshold = 64 * 1024 * 1024;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    internal PinDocument Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > PinDocument.MaxBytes)
            throw new InvalidFormatException(file, null, $"a pin has at most {PinDocument.MaxBytes} bytes");
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, Strict);
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new InvalidFormatException(file, (int?)e.LineNumber + 1, "not a JSON document", inner: e);
        }
        catch (InvalidOperationException e)
        {
            // Half a surrogate pair, or bytes that are not UTF-8, in a string or a name.
            throw new InvalidFormatException(file, null, "holds text that is not Unicode", inner: e);
        }
    }

    private PinDocument Read(JsonElement root)
    {
        var pin = new JsonMember(root, "", file);
        CheckVersion(pin[PinDocument.VersionMember]);
        CheckHash(root, pin[PinDocument.HashMember]);
        string commit = Commit(pin["commit"]);
        string? repository = pin.Find("repository")?.Text();
        return new PinDocument
        {
            Created = Time(pin["created"]),
            Pin = new Pin
            {
                Source = PinSource.Baked,
                CodeCommit = commit,
                CodeBranch = pin.Find("branch")?.Text(),
                CodeTags = [.. pin["tags"].Items().Select(tag => tag.Text())],
                CodeRepository = repository,
                DataCommit = commit,
                DataRepository = repository,
                Dirty = pin["dirty"].Flag(),
                Items = Items(pin["items"]),
                Remotes = [.. pin["remotes"].Items().Select(Remote)],
                PinFile = file,
                PinSha256 = pin[PinDocument.HashMember].Text(),
            },
        };
    }

    private void CheckVersion(JsonMember version)
    {
        long found = version.Number(long.MaxValue);
        if (found > PinDocument.Version)
        {
            throw new InvalidFormatException(file, null, $"'{PinDocument.VersionMember}' is {found.ToString(CultureInfo.InvariantCulture)}: a newer dv wrote this pin",
                "use that version, or write the pin anew: dv pin");
        }
        if (found != PinDocument.Version)
            throw version.Bad("is not 1");
    }

    private void CheckHash(JsonElement root, JsonMember hash)
    {
        string actual = Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Write(root, PinDocument.HashMember)));
        if (hash.Text() != actual)
        {
            throw new InvalidFormatException(file, null,
                $"'{PinDocument.HashMember}' does not agree with the rest: the pin was changed after it was written", "write it anew: dv pin");
        }
    }

    private static List<PinnedItem> Items(JsonMember list)
    {
        var items = new List<PinnedItem>();
        foreach (JsonMember item in list.Items())
        {
            PinnedItem read = Item(item);
            if (items.Count > 0 && Utf8NameComparer.Instance.Compare(items[^1].Path, read.Path) >= 0)
                throw item["path"].Bad("is there twice, or out of order");
            items.Add(read);
        }
        return items;
    }

    private static PinnedItem Item(JsonMember item)
    {
        string type = item["type"].Text();
        bool isDirectory = type == "directory";
        if (!isDirectory && type != "file")
            throw item["type"].Bad("is not 'file' or 'directory'");
        ObjectId hash = Id(item["hash"]);
        long size = item["size"].Number(long.MaxValue);
        long files = item["files"].Number(MaxFiles);
        if (!isDirectory && files != 1)
            throw item["files"].Bad("is not 1 for a file");
        ObjectId blocks = item.Find("blocks") is { } list ? Id(list) : default;
        if (!blocks.IsEmpty && (isDirectory || size <= BlocksThreshold || blocks.Kind != hash.Kind))
            throw item["blocks"].Bad("belongs to a file over 64 MiB and uses the algorithm of 'hash'");
        bool executable = item.Find("executable")?.Flag() ?? false;
        if (executable && isDirectory)
            throw item["executable"].Bad("belongs to a file");
        var pointer = new Pointer
        {
            IsDirectory = isDirectory,
            Hash = hash,
            Size = size,
            Files = isDirectory ? files : null,
            Executable = executable,
            BlocksId = blocks,
            Remote = item.Find("remote")?.Text(),
        };
        return new PinnedItem(SafePath(item["path"]), SafePath(item["pointer"]), Digest(item["pointerSha256"]), pointer);
    }

    private static PinnedRemote Remote(JsonMember remote)
    {
        var options = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, JsonMember value) in remote.Members())
        {
            if (PinnedRemote.MayKeep(name))
                options[name] = value.Text();
        }
        return new PinnedRemote
        {
            Name = remote["name"].Text(),
            Url = remote["url"].Text(),
            IsDefault = remote.Find("default")?.Flag() ?? false,
            Options = options,
        };
    }

    private static string SafePath(JsonMember member)
    {
        string path = member.Text();
        try
        {
            PathRules.CheckRelativePath(path);
            return path;
        }
        catch (UnsafePathException e)
        {
            throw member.Bad($"may not be placed: {e.Message}");
        }
    }

    private static ObjectId Id(JsonMember member) =>
        ObjectId.TryParse(member.Text(), out ObjectId id) ? id : throw member.Bad("is not an object id such as sha256:9f86… in lower-case hex");

    private static string Digest(JsonMember member) => IsHex(member.Text()) && member.Text().Length == 64
        ? member.Text()
        : throw member.Bad("is not a SHA-256 digest in lower-case hex");

    private static string Commit(JsonMember member) => IsHex(member.Text()) && member.Text().Length is 40 or 64
        ? member.Text()
        : throw member.Bad("is not a full commit id in lower-case hex");

    private static bool IsHex(string text) => text.All(char.IsAsciiHexDigitLower);

    private static DateTimeOffset Time(JsonMember member) =>
        DateTimeOffset.TryParseExact(member.Text(), PinDocument.TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw member.Bad("is not a time such as 2026-01-31T12:00:00Z");
}
