using System.Globalization;
using System.Text;
using DataVersion.Hashing;

namespace DataVersion.Objects.Packs;

/// <summary>An index that a catalog names.</summary>
/// <param name="Trees">True for packs of trees and block lists, false for packs of contents.</param>
/// <param name="Size">Bytes of the index.</param>
/// <param name="Id">Its SHA-256.</param>
internal readonly record struct PackIndexRef(bool Trees, int Size, ObjectId Id) : IComparable<PackIndexRef>
{
    /// <inheritdoc/>
    public int CompareTo(PackIndexRef other) => Trees != other.Trees ? Trees.CompareTo(other.Trees) : Id.CompareTo(other.Id);
}

/// <summary>
/// Which indexes know the packs of all that lies under a root and is packed (docs/format.md, "Packed remote"). What none of them knows is a blob of its own.
/// </summary>
internal static class PackCatalog
{
    private const string Header = "dv-catalog 1";

    /// <summary>The catalog's text, the same for the same indexes in whatever order.</summary>
    public static byte[] Write(IEnumerable<PackIndexRef> indexes)
    {
        var text = new StringBuilder(Header).Append('\n');
        int count = 0;
        // Another's catalog may claim another size: an index is named once all the same.
        foreach (PackIndexRef index in indexes.Order().ThenBy(i => i.Size).DistinctBy(i => (i.Trees, i.Id)))
        {
            text.Append(CultureInfo.InvariantCulture, $"{(index.Trees ? 't' : 'o')} {index.Size} {index.Id}\n");
            count++;
        }
        return Encoding.ASCII.GetBytes(text.Append(CultureInfo.InvariantCulture, $"end {count}\n").ToString());
    }

    /// <summary>Reads a catalog.</summary>
    /// <param name="bytes">All of its bytes.</param>
    /// <param name="source">What it is, for messages.</param>
    /// <exception cref="InvalidFormatException">The bytes are not those of a catalog.</exception>
    public static IReadOnlyList<PackIndexRef> Parse(ReadOnlySpan<byte> bytes, string source)
    {
        var lines = new StrictLines(bytes, source);
        if (lines.Next() is var header && !Ascii.Equals(header, Header))
            throw lines.Bad(header.StartsWith("dv-catalog "u8) ? "a catalog of a newer format version" : "not a catalog");
        var indexes = new List<PackIndexRef>();
        while (true)
        {
            ReadOnlySpan<byte> line = lines.Next();
            ReadOnlySpan<byte> word = lines.Field(ref line);
            if (word.SequenceEqual("end"u8))
            {
                if (lines.Number(line) != indexes.Count || !lines.AtEnd)
                    throw lines.Bad("the last line counts those above it");
                return indexes;
            }
            bool trees = word switch
            {
                [(byte)'o'] => false,
                [(byte)'t'] => true,
                _ => throw lines.Bad("a line begins with o, t or end"),
            };
            var index = new PackIndexRef(trees, lines.Number(lines.Field(ref line), PackLimits.MaxDocument), lines.Id(line));
            if (index.Id.Kind != HashKind.Sha256)
                throw lines.Bad("an index is named by its SHA-256");
            if (indexes.Count > 0 && indexes[^1].CompareTo(index) >= 0)
                throw lines.Bad("an index is out of order, or there twice");
            indexes.Add(index);
        }
    }
}
