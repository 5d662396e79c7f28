using System.Globalization;
using System.Text;
using DataVersion.Hashing;

namespace DataVersion.Objects.Packs;

/// <summary>An object in a pack.</summary>
/// <param name="Key">The object.</param>
/// <param name="Offset">Where its stored bytes begin.</param>
/// <param name="Stored">Number of stored bytes; less than <paramref name="Size"/> where they are a zstd frame.</param>
/// <param name="Size">Number of the object's bytes.</param>
internal readonly record struct PackEntry(ObjectKey Key, int Offset, int Stored, int Size);

/// <summary>
/// What a pack consists of: the text behind its objects, whose SHA-256 is the pack's name (docs/format.md, "Packed remote"). An index is the listings of
/// several packs, one after another.
/// </summary>
/// <param name="Id">The pack.</param>
/// <param name="Objects">Bytes of all stored objects; the listing begins there.</param>
/// <param name="Listing">Bytes of the listing.</param>
/// <param name="Entries">The objects, in the order in which they lie.</param>
internal sealed record PackListing(ObjectId Id, int Objects, int Listing, IReadOnlyList<PackEntry> Entries)
{
    private const string Header = "dv-pack 1";

    /// <summary>Bytes of the whole pack.</summary>
    public long Size => (long)Objects + Listing;

    /// <summary>The listing of objects that lie one after another.</summary>
    public static byte[] Write(IEnumerable<PackEntry> entries)
    {
        var text = new StringBuilder(Header).Append('\n');
        long end = 0;
        foreach (PackEntry entry in entries)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(entry.Key.Kind == ObjectKind.Tree ? 't' : 'o')} {entry.Stored} {entry.Size} {entry.Key.Id}\n");
            end += entry.Stored;
        }
        return Encoding.ASCII.GetBytes(text.Append(CultureInfo.InvariantCulture, $"end {end}\n").ToString());
    }

    /// <summary>Reads an index.</summary>
    /// <param name="index">All of its bytes.</param>
    /// <param name="source">What it is, for messages.</param>
    /// <exception cref="InvalidFormatException">The bytes are not those of an index.</exception>
    public static IReadOnlyList<PackListing> ParseIndex(ReadOnlySpan<byte> index, string source)
    {
        var lines = new StrictLines(index, source);
        var packs = new List<PackListing>();
        do
        {
            int from = index.Length - lines.Left;
            (List<PackEntry> entries, int end) = ReadOne(ref lines);
            ReadOnlySpan<byte> text = index[from..(index.Length - lines.Left)];
            packs.Add(new PackListing(IdentityHash.Of(HashKind.Sha256, text), end, text.Length, entries));
        }
        while (!lines.AtEnd);
        return packs;
    }

    private static (List<PackEntry> Entries, int End) ReadOne(ref StrictLines lines)
    {
        if (lines.Next() is var header && !Ascii.Equals(header, Header))
            throw lines.Bad(header.StartsWith("dv-pack "u8) ? "a pack of a newer format version" : "not the listing of a pack");
        var entries = new List<PackEntry>();
        int end = 0;
        while (true)
        {
            ReadOnlySpan<byte> line = lines.Next();
            ReadOnlySpan<byte> word = lines.Field(ref line);
            if (word.SequenceEqual("end"u8))
            {
                if (lines.Number(line) != end)
                    throw lines.Bad($"the objects above end at {end}");
                break;
            }
            ObjectKind kind = word switch
            {
                [(byte)'o'] => ObjectKind.Content,
                [(byte)'t'] => ObjectKind.Tree,
                _ => throw lines.Bad("a line begins with o, t or end"),
            };
            int stored = lines.Number(lines.Field(ref line), PackLimits.MaxObject);
            int size = lines.Number(lines.Field(ref line), PackLimits.MaxObject);
            if (stored > size || (stored == 0 && size > 0))
                throw lines.Bad("an object is stored in as many bytes as it has, or compressed in fewer");
            entries.Add(new PackEntry(new ObjectKey(kind, lines.Id(line)), end, stored, size));
            end += stored;
            if (end > PackLimits.MaxPack)
                throw lines.Bad($"a pack of more than {PackLimits.MaxPack} bytes");
        }
        return entries.Count > 0 ? (entries, end) : throw lines.Bad("a pack holds at least one object");
    }
}
