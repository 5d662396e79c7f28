using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using DataVersion.Hashing;

namespace DataVersion.Tracking.Manifests;

/// <summary>
/// <c>data.manifest.json</c>: the whole list of the files that a run was given, with their hashes. One line per file, so that two of them can be compared
/// line by line; the same entries always give the same bytes; memory does not grow with the number of files, neither written nor read.
/// </summary>
public static class DataManifest
{
    /// <summary>The value of its first member.</summary>
    public const string Schema = "dv.manifest/1";

    /// <summary>Its usual name.</summary>
    public const string FileName = "data.manifest.json";

    private const int FlushAt = 64 * 1024;

    /// <summary>Writes a manifest.</summary>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="entries">Each item followed by its files, in the order of <see cref="ManifestWalk"/>; items likewise in the order of their paths.</param>
    /// <param name="cancellationToken">Ends it; what was written so far is no manifest.</param>
    /// <returns>Its hash and length.</returns>
    /// <exception cref="ArgumentException">The entries are not in order, or their sizes do not add up: no reader would accept what they gave.</exception>
    public static async Task<WrittenManifest> WriteAsync(Stream stream, IAsyncEnumerable<ManifestEntry> entries, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new ArrayBufferWriter<byte>(2 * FlushAt);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        var order = new ManifestOrder();
        long length = 0;
        bool inItem = false, firstFile = true;
        buffer.Write("""{"schema":"dv.manifest/1","items":["""u8);
        await foreach (ManifestEntry entry in entries.WithCancellation(cancellationToken))
        {
            if (order.Add(entry) is { } problem)
                throw new ArgumentException(problem, nameof(entries));
            if (entry is ManifestItem item)
            {
                buffer.Write(inItem ? "\n]},\n"u8 : "\n"u8);
                WriteItem(json, buffer, item);
                (inItem, firstFile) = (true, true);
            }
            else
            {
                buffer.Write(firstFile ? "\n"u8 : ",\n"u8);
                WriteFile(json, (ManifestFile)entry);
                firstFile = false;
            }
            if (buffer.WrittenCount >= FlushAt)
                await FlushAsync();
        }
        if (order.EndItem() is { } missing)
            throw new ArgumentException(missing, nameof(entries));
        buffer.Write(inItem ? "\n]}\n]}\n"u8 : "]}\n"u8);
        await FlushAsync();
        await stream.FlushAsync(cancellationToken);
        return new WrittenManifest(new ObjectId(HashKind.Sha256, hash.GetHashAndReset()), length);

        async Task FlushAsync()
        {
            hash.AppendData(buffer.WrittenSpan);
            length += buffer.WrittenCount;
            await stream.WriteAsync(buffer.WrittenMemory, cancellationToken);
            buffer.ResetWrittenCount();
        }
    }

    /// <summary>Reads a manifest, in pieces: the entries come while it is read.</summary>
    /// <param name="stream">Its bytes; left open.</param>
    /// <param name="title">What messages call it: its path.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Each item followed by its files, as they were written. Only after the last one is it known that the whole is sound.</returns>
    /// <exception cref="InvalidFormatException">It is not a manifest, or of a newer kind, cut off, or its entries are out of order or do not add up.</exception>
    public static IAsyncEnumerable<ManifestEntry> ReadAsync(Stream stream, string title, CancellationToken cancellationToken) =>
        new ManifestReader(title).ReadAsync(stream, cancellationToken);

    private static void WriteItem(Utf8JsonWriter json, ArrayBufferWriter<byte> buffer, ManifestItem item)
    {
        json.Reset();
        json.WriteStartObject();
        json.WriteString("path"u8, item.Path);
        json.WriteString("hash"u8, item.Hash.ToString());
        json.WriteNumber("size"u8, item.Size);
        json.Flush();
        buffer.Write(",\"files\":["u8);
    }

    // The default escaping is kept: a laxer one depends on the Unicode tables of the runtime, and so would the bytes.
    private static void WriteFile(Utf8JsonWriter json, ManifestFile file)
    {
        json.Reset();
        json.WriteStartObject();
        json.WriteString("path"u8, file.Path);
        json.WriteString("hash"u8, file.Hash.ToString());
        if (file.Size is { } size)
            json.WriteNumber("size"u8, size);
        if (file.Executable)
            json.WriteBoolean("executable"u8, true);
        if (file.Link)
            json.WriteBoolean("link"u8, true);
        json.WriteEndObject();
        json.Flush();
    }
}
