using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Objects.Packs;

/// <summary>Listings of packs, and indexes of several of them.</summary>
public sealed class PackListingTests
{
    private const string A = "md5:d41d8cd98f00b204e9800998ecf8427e";
    private const string Good = "dv-pack 1\no 3 3 " + A + "\n";

    [Fact]
    public void Indexes_are_read_back() => Prop.ForAll(PackTexts.Packs.ToArbitrary(), packs =>
    {
        List<byte[]> texts = packs.ConvertAll(p => PackListing.Write(p));

        IReadOnlyList<PackListing> read = PackListing.ParseIndex(texts.SelectMany(t => t).ToArray(), "it");

        Assert.Equal(packs.Count, read.Count);
        foreach ((List<PackEntry> entries, byte[] text, PackListing pack) in packs.Zip(texts, read))
        {
            Assert.Equal(entries, pack.Entries);
            Assert.Equal(IdentityHash.Of(HashKind.Sha256, text), pack.Id);
            Assert.Equal((entries.Sum(e => e.Stored), text.Length), (pack.Objects, pack.Listing));
            Assert.Equal((long)pack.Objects + pack.Listing, pack.Size);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_are_an_index_that_writes_the_same_bytes_or_corrupt()
    {
        foreach (Gen<byte[]> gen in PackTexts.Hostile("dv-pack 1", PackTexts.Packs.Select(p => p.SelectMany(PackListing.Write).ToArray())))
        {
            Prop.ForAll(gen.ToArbitrary(), bytes =>
            {
                PackTexts.IsAccepted(bytes, Rewrite);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
        }
    }

    [Fact]
    public void Every_change_of_one_byte_is_seen()
    {
        byte[] good = Encoding.ASCII.GetBytes($"dv-pack 1\no 10 25 {A}\nt 0 0 {A}\nend 10\ndv-pack 1\nt 7 7 {A}\nend 7\n");
        Assert.True(PackTexts.IsAccepted(good, Rewrite));

        int accepted = PackTexts.DifferInOneByte(good).Count(text => PackTexts.IsAccepted(text, Rewrite));

        // Another kind, a size that still fits and another digit of an id are as good; no more than those.
        Assert.InRange(accepted, 1, 3 + (3 * 32 * 15) + 80);
    }

    [Theory]
    [InlineData("", 1, "no end")]
    [InlineData("dv-pack 1", 1, "no end")]
    [InlineData("dv-pack 2\n", 1, "newer")]
    [InlineData("dv-pack 10\n", 1, "newer")]
    [InlineData("dv-pack 1\r\n", 1, "newer")]
    [InlineData("dv-catalog 1\nend 0\n", 1, "not the listing")]
    [InlineData("\ufeffdv-pack 1\n", 1, "not the listing")]
    [InlineData("\n", 1, "not the listing")]
    [InlineData("dv-pack 1\n", 2, "no end")]
    [InlineData("dv-pack 1\n\n", 2, "missing")]
    [InlineData("dv-pack 1\nend 0\n", 2, "at least one")]
    [InlineData(Good, 3, "no end")]
    [InlineData(Good + "end 3", 3, "no end")]
    [InlineData(Good + "end\n", 3, "missing")]
    [InlineData(Good + "end \n", 3, "decimal")]
    [InlineData(Good + "end 2\n", 3, "end at 3")]
    [InlineData(Good + "end 4294967299\n", 3, "end at 3")]
    [InlineData(Good + "end 03\n", 3, "decimal")]
    [InlineData(Good + "end 3 \n", 3, "decimal")]
    [InlineData(Good + "End 3\n", 3, "begins with")]
    [InlineData(Good + "end 3\n\n", 4, "not the listing")]
    [InlineData(Good + "end 3\n" + "end 3\n", 4, "not the listing")]
    [InlineData(Good + "end 3\n" + "dv-pack 2\n", 4, "newer")]
    [InlineData(Good + "end 3\n" + "dv-pack 1\nend 0\n", 5, "at least one")]
    [InlineData(Good + "end 3\n" + Good + "end 6\n", 6, "end at 3")]
    [InlineData("dv-pack 1\nO 3 3 " + A + "\n", 2, "begins with")]
    [InlineData("dv-pack 1\noo 3 3 " + A + "\n", 2, "begins with")]
    [InlineData("dv-pack 1\n 3 3 " + A + "\n", 2, "begins with")]
    [InlineData("dv-pack 1\no  3 3 " + A + "\n", 2, "decimal")]
    [InlineData("dv-pack 1\no 03 3 " + A + "\n", 2, "decimal")]
    [InlineData("dv-pack 1\no 3 +3 " + A + "\n", 2, "decimal")]
    [InlineData("dv-pack 1\no -1 3 " + A + "\n", 2, "decimal")]
    [InlineData("dv-pack 1\no 3\0 3 " + A + "\n", 2, "decimal")]
    [InlineData("dv-pack 1\no 9223372036854775808 3 " + A + "\n", 2, "decimal")]
    [InlineData("dv-pack 1\no 3 4294967299 " + A + "\n", 2, "more than 1048576")]
    [InlineData("dv-pack 1\no 1048577 1048577 " + A + "\n", 2, "more than 1048576")]
    [InlineData("dv-pack 1\no 1 1048577 " + A + "\n", 2, "more than 1048576")]
    [InlineData("dv-pack 1\no 4 3 " + A + "\n", 2, "compressed in fewer")]
    [InlineData("dv-pack 1\no 1 0 " + A + "\n", 2, "compressed in fewer")]
    [InlineData("dv-pack 1\no 0 1 " + A + "\n", 2, "compressed in fewer")]
    [InlineData("dv-pack 1\no 3 3\n", 2, "missing")]
    [InlineData("dv-pack 1\no 3 3 \n", 2, "not an id")]
    [InlineData("dv-pack 1\no 3 3 " + A + "0\n", 2, "not an id")]
    [InlineData("dv-pack 1\no 3 3 " + A + " \n", 2, "not an id")]
    [InlineData("dv-pack 1\no 3 3 " + A + "\r\n", 2, "not an id")]
    [InlineData("dv-pack 1\no 3 3 md5:D41D8CD98F00B204E9800998ECF8427E\n", 2, "not an id")]
    [InlineData("dv-pack 1\no 3 3 MD5:d41d8cd98f00b204e9800998ecf8427e\n", 2, "not an id")]
    [InlineData("dv-pack 1\no 3 3 sha256:d41d8cd98f00b204e9800998ecf8427e\n", 2, "not an id")]
    [InlineData("dv-pack 1\no 3 3 blake3:d41d8cd98f00b204e9800998ecf8427e\n", 2, "not an id")]
    [InlineData("dv-pack 1\no 3 3 d41d8cd98f00b204e9800998ecf8427e\n", 2, "not an id")]
    public void Refuses(string text, int line, string problem) =>
        PackTexts.AssertRefused(bytes => PackListing.ParseIndex(bytes, "it"), text, line, problem);

    [Fact]
    public void A_pack_of_16_MiB_is_read_and_not_one_byte_more()
    {
        string full = "dv-pack 1\n" + string.Concat(Enumerable.Repeat($"o {PackLimits.MaxObject} {PackLimits.MaxObject} {A}\n", 16));

        PackListing pack = Assert.Single(PackListing.ParseIndex(Encoding.ASCII.GetBytes($"{full}o 0 0 {A}\nend {PackLimits.MaxPack}\n"), "it"));

        Assert.Equal((PackLimits.MaxPack, 17), (pack.Objects, pack.Entries.Count));
        PackTexts.AssertRefused(bytes => PackListing.ParseIndex(bytes, "it"), $"{full}o 1 1 {A}\nend {PackLimits.MaxPack + 1}\n", 18, "more than 16777216 bytes");
    }

    [Fact]
    public void A_long_line_is_no_id() =>
        PackTexts.AssertRefused(bytes => PackListing.ParseIndex(bytes, "it"), $"dv-pack 1\no 3 3 {new string('a', 1_000_000)}\n", 2, "not an id");

    private static byte[] Rewrite(byte[] bytes)
    {
        IReadOnlyList<PackListing> packs = PackListing.ParseIndex(bytes, "it");
        Assert.All(packs, pack => Assert.Equal(IdentityHash.Of(HashKind.Sha256, PackListing.Write(pack.Entries)), pack.Id));
        return [.. packs.SelectMany(p => PackListing.Write(p.Entries))];
    }
}
