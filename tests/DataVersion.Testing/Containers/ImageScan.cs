using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace DataVersion.Testing.Containers;

/// <summary>A file or folder in a layer of an image.</summary>
/// <param name="Path">Without a leading slash.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Mode">Its permissions.</param>
/// <param name="Owner">User and group.</param>
/// <param name="IsFolder">Whether it is one.</param>
public sealed record ImageEntry(string Path, long Bytes, UnixFileMode Mode, string Owner, bool IsFolder);

/// <summary>What is in an image: its configuration, and every file of every layer that it adds to its base, those that a later layer hides included.</summary>
public sealed class ImageScan : IDisposable
{
    private readonly JsonDocument _document;
    private readonly string[] _layers;

    private ImageScan(string folder, JsonDocument document, string[] layers)
    {
        Folder = folder;
        _document = document;
        _layers = layers;
        Entries = [.. layers.SelectMany(ReadEntries)];
    }

    /// <summary>The image's copy, layer by layer.</summary>
    public string Folder { get; }

    /// <summary>User, Env, Entrypoint, Labels …</summary>
    public JsonElement Config => _document.RootElement.GetProperty("config");

    /// <summary>Files and folders of the layers above the base.</summary>
    public IReadOnlyList<ImageEntry> Entries { get; }

    /// <summary>The bytes of the layers above the base, unpacked.</summary>
    public long Bytes => Entries.Sum(entry => entry.Bytes);

    /// <summary>Reads an image out of an engine's storage.</summary>
    /// <param name="engine">Where it is.</param>
    /// <param name="image">Its name.</param>
    /// <param name="below">The image that it stands on, whose layers are not looked at; null to look at all.</param>
    public static async Task<ImageScan> ReadAsync(ContainerEngine engine, string image, string? below)
    {
        (string folder, JsonDocument document, string[] layers) = await ExportAsync(engine, image);
        if (below is null)
            return new ImageScan(folder, document, layers);
        (string other, JsonDocument lower, _) = await ExportAsync(engine, below);
        using (lower)
        {
            string[] mine = DiffIds(document);
            int shared = DiffIds(lower).Zip(mine).TakeWhile(pair => pair.First == pair.Second).Count();
            Directory.Delete(other, recursive: true);
            if (shared != lower.RootElement.GetProperty("rootfs").GetProperty("diff_ids").GetArrayLength())
                throw new InvalidOperationException($"{image} does not stand on {below}");
            return new ImageScan(folder, document, layers[shared..]);
        }
    }

    /// <summary>The value of a label; null without it.</summary>
    public string? Label(string name) => Config.TryGetProperty("Labels", out JsonElement labels) && labels.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    /// <summary>A list of the configuration, such as Entrypoint.</summary>
    public string[] Words(string name) => Config.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(word => word.GetString()!)] : [];

    /// <summary>Files whose contents hold any of these bytes.</summary>
    public IReadOnlyList<string> FilesWith(string text)
    {
        byte[] wanted = System.Text.Encoding.UTF8.GetBytes(text);
        return [.. _layers.SelectMany(layer => ReadFiles(layer, wanted))];
    }

    /// <summary>The bytes of all layers as a registry keeps them, the base's included.</summary>
    public static async Task<long> CompressedBytesAsync(ContainerEngine engine, string image)
    {
        string folder = Path.Combine(engine.Folder, $"packed-{Guid.NewGuid():N}");
        await engine.RunOkAsync("skopeo", "copy", "--quiet", "--dest-compress", $"containers-storage:{image}", $"dir:{folder}");
        long bytes = new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length);
        Directory.Delete(folder, recursive: true);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _document.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<(string Folder, JsonDocument Document, string[] Layers)> ExportAsync(ContainerEngine engine, string image)
    {
        string folder = Path.Combine(engine.Folder, $"scan-{Guid.NewGuid():N}");
        await engine.RunOkAsync("skopeo", "copy", "--quiet", $"containers-storage:{image}", $"dir:{folder}");
        using JsonDocument manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "manifest.json")));
        string At(JsonElement descriptor) => Path.Combine(folder, descriptor.GetProperty("digest").GetString()!.Split(':')[1]);
        JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(At(manifest.RootElement.GetProperty("config"))));
        return (folder, document, [.. manifest.RootElement.GetProperty("layers").EnumerateArray().Select(At)]);
    }

    private static string[] DiffIds(JsonDocument document) =>
        [.. document.RootElement.GetProperty("rootfs").GetProperty("diff_ids").EnumerateArray().Select(id => id.GetString()!)];

    private static IEnumerable<ImageEntry> ReadEntries(string layer)
    {
        using TarReader reader = Open(layer);
        while (reader.GetNextEntry() is { } entry)
        {
            string path = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            yield return new ImageEntry(path.Trim('/'), entry.Length, entry.Mode, FormattableString.Invariant($"{entry.Uid}:{entry.Gid}"), entry.EntryType == TarEntryType.Directory);
        }
    }

    private static IEnumerable<string> ReadFiles(string layer, byte[] wanted)
    {
        using TarReader reader = Open(layer);
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } content && Holds(content, wanted))
                yield return entry.Name;
        }
    }

    private static bool Holds(Stream content, byte[] wanted)
    {
        byte[] buffer = new byte[1 << 20];
        int kept = 0;
        while (true)
        {
            int read = content.Read(buffer, kept, buffer.Length - kept);
            if (read == 0)
                return false;
            int length = kept + read;
            if (buffer.AsSpan(0, length).IndexOf(wanted) >= 0)
                return true;
            // The end of one piece and the start of the next may hold it together.
            kept = Math.Min(wanted.Length - 1, length);
            buffer.AsSpan(length - kept, kept).CopyTo(buffer);
        }
    }

    private static TarReader Open(string layer)
    {
        FileStream file = File.OpenRead(layer);
        bool isPacked = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        return new TarReader(isPacked ? new GZipStream(file, CompressionMode.Decompress) : file);
    }
}
