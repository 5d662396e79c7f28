using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Objects.Packs;

/// <summary>Listings and catalogs for tests, and damage to them.</summary>
internal static class PackTexts
{
    public static readonly Gen<ObjectId> Id =
        from kind in Gen.Elements(Enum.GetValues<HashKind>())
        from content in Gen.Choose(0, 1000)
        select IdentityHash.Of(kind, BitConverter.GetBytes(content));

    /// <summary>What may lie in one pack, in its order.</summary>
    public static readonly Gen<List<PackEntry>> Entries =
        (from tree in Gen.Elements(false, true)
         from id in Id
         from size in Gen.Frequency((2, Gen.Elements(0, 1, PackLimits.MaxObject)), (8, Gen.Choose(0, 20_000)))
         from stored in Gen.OneOf(Gen.Constant(size), Gen.Choose(Math.Min(1, size), size))
         select new PackEntry(new ObjectKey(tree ? ObjectKind.Tree : ObjectKind.Content, id), 0, stored, size)).NonEmptyListOf().Select(LaidOut);

    public static readonly Gen<List<List<PackEntry>>> Packs = Entries.NonEmptyListOf().Select(packs => packs.ToList());

    public static readonly Gen<List<PackIndexRef>> Indexes =
        (from trees in Gen.Elements(false, true)
         from size in Gen.OneOf(Gen.Choose(0, PackLimits.MaxDocument), Gen.Elements(0, PackLimits.MaxDocument))
         from content in Gen.Choose(0, 1000)
         select new PackIndexRef(trees, size, IdentityHash.Of(HashKind.Sha256, BitConverter.GetBytes(content)))).ListOf()
        .Select(indexes => indexes.DistinctBy(i => (i.Trees, i.Id)).ToList());

    private static readonly Gen<byte[]> Random = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf();

    /// <summary>Any bytes, any bytes behind a header, and good texts of which something was replaced.</summary>
    public static IEnumerable<Gen<byte[]>> Hostile(string header, Gen<byte[]> good) =>
    [
        Random,
        Random.Select(b => (byte[])[.. Encoding.ASCII.GetBytes(header + "\n"), .. b]),
        from text in good
        from at in Gen.Choose(0, int.MaxValue)
        from length in Gen.Choose(0, 3)
        from put in Gen.Elements("", "0", "1", "9", "o", "O", "t", " ", "\n", "\r", "end", "end 0\n", header + "\n", "sha256", ":", "+", "-", "\0", "é", "o 1 1 ")
        select Replaced(text, at % text.Length, length, put),
    ];

    /// <summary>Every text that differs in one byte: another one, one less, one more.</summary>
    public static IEnumerable<byte[]> DifferInOneByte(byte[] text)
    {
        for (int at = 0; at <= text.Length; at++)
        {
            if (at < text.Length)
                yield return [.. text[..at], .. text[(at + 1)..]];
            for (int value = 0; value < 256; value++)
            {
                yield return [.. text[..at], (byte)value, .. text[at..]];
                if (at < text.Length && value != text[at])
                    yield return [.. text[..at], (byte)value, .. text[(at + 1)..]];
            }
        }
    }

    /// <summary>Either <paramref name="rewrite"/> reads the bytes and writes the very same, or it says in which line they are corrupt. Returns which.</summary>
    public static bool IsAccepted(byte[] bytes, Func<byte[], byte[]> rewrite)
    {
        byte[] written;
        try
        {
            written = rewrite(bytes);
        }
        catch (InvalidFormatException e)
        {
            Assert.Equal((ErrorKind.Corrupt, "it"), (e.Kind, e.File));
            Assert.True(e.Line > 0, e.Message);
            return false;
        }
        if (!bytes.AsSpan().SequenceEqual(written))
            Assert.Fail($"read from\n{Encoding.Latin1.GetString(bytes)}\nand written as\n{Encoding.Latin1.GetString(written)}");
        return true;
    }

    /// <summary>Checks that bytes are refused, and how.</summary>
    public static void AssertRefused(Action<byte[]> parse, string text, int line, string problem)
    {
        InvalidFormatException error = Assert.Throws<InvalidFormatException>(() => parse(Encoding.UTF8.GetBytes(text)));
        Assert.Equal((ErrorKind.Corrupt, line), (error.Kind, error.Line ?? 0));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static List<PackEntry> LaidOut(IEnumerable<PackEntry> entries)
    {
        var laidOut = new List<PackEntry>();
        int end = 0;
        foreach (PackEntry entry in entries.TakeWhile(e => end + e.Stored <= PackLimits.MaxPack))
        {
            laidOut.Add(entry with { Offset = end });
            end += entry.Stored;
        }
        return laidOut;
    }

    private static byte[] Replaced(byte[] text, int at, int length, string put) =>
        [.. text[..at], .. Encoding.UTF8.GetBytes(put), .. text[Math.Min(at + length, text.Length)..]];
}
