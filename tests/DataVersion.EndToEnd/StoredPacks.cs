using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>An object in a pack.</summary>
internal sealed record StoredEntry(bool Tree, int Offset, int Stored, int Size, string Hex);

/// <summary>Looks at packs, indexes and catalogs as a stranger would, with docs/format.md, SHA-256 and zstd.</summary>
internal static partial class StoredPacks
{
    /// <summary>Every pack, index and catalog of a store is what its name says, and leads to what is there.</summary>
    /// <returns>How many packs there are.</returns>
    public static int AssertWhole(string store)
    {
        var sizes = new Dictionary<string, long>();
        foreach ((string name, string file) in Named(store, "packs"))
        {
            byte[] pack = File.ReadAllBytes(file);
            Read(name, pack);
            sizes[name] = pack.Length;
        }
        foreach ((string name, string file) in Named(store, "indexes"))
        {
            byte[] index = File.ReadAllBytes(file);
            Assert.Equal(name, Hash(index));
            // An index comes after the packs that it lists.
            foreach (string listing in Listings().Matches(Encoding.ASCII.GetString(index)).Select(m => m.Value))
            {
                string pack = Hash(Encoding.ASCII.GetBytes(listing));
                Assert.True(sizes.TryGetValue(pack, out long size), $"index {name} lists pack {pack}, which is not there");
                Assert.Equal(Parse(listing)[^1] is var last ? last.Offset + last.Stored + listing.Length : 0, size);
            }
        }
        foreach (string catalog in Files(store, "catalogs"))
            AssertCatalog(store, catalog);
        return sizes.Count;
    }

    /// <summary>What a pack holds; every byte of it must be what its name and its listing say.</summary>
    /// <param name="name">The SHA-256 in its name, in hex.</param>
    /// <param name="pack">All of its bytes.</param>
    public static IReadOnlyList<StoredEntry> Read(string name, byte[] pack)
    {
        string listing = ListingOf(pack);
        Assert.Equal(name, Hash(Encoding.ASCII.GetBytes(listing)));
        IReadOnlyList<StoredEntry> entries = Parse(listing);
        Assert.Equal(pack.Length, entries[^1].Offset + entries[^1].Stored + listing.Length);
        foreach (StoredEntry entry in entries)
            Assert.Equal(entry.Hex, Hash(Content(pack, entry)));
        return entries;
    }

    /// <summary>What the listing at the end of a pack says, whatever the bytes before it are.</summary>
    public static IReadOnlyList<StoredEntry> EntriesOf(byte[] pack) => Parse(ListingOf(pack));

    /// <summary>The SHA-256 of what a compressed blob decompresses to, as <c>zstd -d</c> does it.</summary>
    public static string HashOfCompressed(string file)
    {
        using FileStream stream = File.OpenRead(file);
        using var raw = new ZstdSharp.DecompressionStream(stream);
        return Convert.ToHexStringLower(SHA256.HashData(raw));
    }

    private static ReadOnlySpan<byte> Content(byte[] pack, StoredEntry entry)
    {
        ReadOnlySpan<byte> stored = pack.AsSpan(entry.Offset, entry.Stored);
        if (entry.Stored == entry.Size)
            return stored;
        using var zstd = new ZstdSharp.Decompressor();
        byte[] raw = new byte[entry.Size];
        Assert.Equal(entry.Size, zstd.Unwrap(stored, raw));
        return raw;
    }

    private static string ListingOf(byte[] pack)
    {
        Match end = End().Match(Encoding.Latin1.GetString(pack.AsSpan(Math.Max(0, pack.Length - 30))));
        Assert.True(end.Success, "a pack ends with the place where its listing begins");
        return Encoding.Latin1.GetString(pack.AsSpan(int.Parse(end.Groups[1].Value, CultureInfo.InvariantCulture)));
    }

    private static List<StoredEntry> Parse(string listing)
    {
        string[] lines = listing.Split('\n');
        Assert.Equal(("dv-pack 1", ""), (lines[0], lines[^1]));
        var entries = new List<StoredEntry>();
        int offset = 0;
        foreach (string line in lines[1..^2])
        {
            Match entry = Entry().Match(line);
            Assert.True(entry.Success, line);
            int stored = int.Parse(entry.Groups[2].Value, CultureInfo.InvariantCulture), size = int.Parse(entry.Groups[3].Value, CultureInfo.InvariantCulture);
            Assert.InRange(stored, Math.Min(1, size), size);
            entries.Add(new StoredEntry(entry.Groups[1].Value == "t", offset, stored, size, entry.Groups[4].Value));
            offset += stored;
        }
        Assert.NotEmpty(entries);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"end {offset}"), lines[^2]);
        return entries;
    }

    private static void AssertCatalog(string store, string catalog)
    {
        string[] lines = File.ReadAllText(catalog).Split('\n');
        Assert.Equal(("dv-catalog 1", string.Create(CultureInfo.InvariantCulture, $"end {lines.Length - 3}"), ""), (lines[0], lines[^2], lines[^1]));
        foreach (string line in lines[1..^2])
        {
            Match index = CatalogLine().Match(line);
            Assert.True(index.Success, line);
            string hex = index.Groups[2].Value, file = Path.Combine(store, "indexes", hex[..2], hex[2..]);
            Assert.True(File.Exists(file), $"{catalog} names index {hex}, which is not there");
            Assert.Equal(index.Groups[1].Value, new FileInfo(file).Length.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static IEnumerable<(string Name, string File)> Named(string store, string kind) =>
        Files(store, kind).Select(f => (Path.GetRelativePath(Path.Combine(store, kind), f).Replace("/", "", StringComparison.Ordinal), f));

    private static string[] Files(string store, string kind) =>
        Directory.Exists(Path.Combine(store, kind)) ? Directory.GetFiles(Path.Combine(store, kind), "*", SearchOption.AllDirectories) : [];

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    [GeneratedRegex(@"\nend ([0-9]+)\n\z")]
    private static partial Regex End();

    [GeneratedRegex("^([ot]) ([0-9]+) ([0-9]+) sha256:([0-9a-f]{64})$")]
    private static partial Regex Entry();

    [GeneratedRegex("^[ot] ([0-9]+) sha256:([0-9a-f]{64})$")]
    private static partial Regex CatalogLine();

    [GeneratedRegex(@"dv-pack 1\n(?:[ot] [^\n]*\n)+end [0-9]+\n")]
    private static partial Regex Listings();
}
