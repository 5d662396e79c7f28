using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects.Packs;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Objects.Packs;

/// <summary>Which indexes know a root's packs.</summary>
public sealed class PackCatalogTests
{
    private const string A = "sha256:a3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string B = "sha256:b3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Md5 = "md5:d41d8cd98f00b204e9800998ecf8427e";

    [Fact]
    public void Catalogs_are_read_back_in_order() => Prop.ForAll(PackTexts.Indexes.ToArbitrary(), indexes =>
        Assert.Equal(indexes.OrderBy(i => i.Trees).ThenBy(i => i.Id.Hex, StringComparer.Ordinal), PackCatalog.Parse(PackCatalog.Write(indexes), "it"))).QuickCheckThrowOnFailure();

    [Fact]
    public void The_same_indexes_make_the_same_catalog() => Prop.ForAll(PackTexts.Indexes.ToArbitrary(), indexes =>
        Assert.Equal(PackCatalog.Write(indexes), PackCatalog.Write([.. indexes.AsEnumerable().Reverse(), .. indexes]))).QuickCheckThrowOnFailure();

    [Fact]
    public void An_index_of_which_catalogs_claim_several_sizes_is_named_once()
    {
        ObjectId id = ObjectId.Parse(A);
        PackIndexRef[] claims = [new(false, 7, id), new(true, 7, id), new(false, 5, id)];

        byte[] written = PackCatalog.Write(claims);

        Assert.Equal([new(false, 5, id), new(true, 7, id)], PackCatalog.Parse(written, "it"));
        Assert.Equal(written, PackCatalog.Write(claims.Reverse()));
    }

    [Fact]
    public void Any_bytes_are_a_catalog_that_writes_the_same_bytes_or_corrupt()
    {
        foreach (Gen<byte[]> gen in PackTexts.Hostile("dv-catalog 1", PackTexts.Indexes.Select(i => PackCatalog.Write(i))))
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
        byte[] good = Encoding.ASCII.GetBytes($"dv-catalog 1\no 12 {A}\nt 345 {B}\nend 2\n");
        Assert.True(PackTexts.IsAccepted(good, Rewrite));

        int accepted = PackTexts.DifferInOneByte(good).Count(text => PackTexts.IsAccepted(text, Rewrite));

        // Another kind or size and another digit of an id are as good; no more than those.
        Assert.InRange(accepted, 1, 2 + (2 * 64 * 15) + 150);
    }

    [Fact]
    public void A_catalog_may_name_nothing() => Assert.Empty(PackCatalog.Parse("dv-catalog 1\nend 0\n"u8, "it"));

    [Theory]
    [InlineData("", 1, "no end")]
    [InlineData("dv-catalog 1", 1, "no end")]
    [InlineData("dv-catalog 2\nend 0\n", 1, "newer")]
    [InlineData("dv-catalog 1 \nend 0\n", 1, "newer")]
    [InlineData("dv-catalog 1\r\nend 0\n", 1, "newer")]
    [InlineData("dv-pack 1\nend 0\n", 1, "not a catalog")]
    [InlineData("<!DOCTYPE html>\n", 1, "not a catalog")]
    [InlineData("dv-catalog 1\n", 2, "no end")]
    [InlineData("dv-catalog 1\n\n", 2, "missing")]
    [InlineData("dv-catalog 1\no 5 " + A + "\n", 3, "no end")]
    [InlineData("dv-catalog 1\no 5 " + A + "\nend 1", 3, "no end")]
    [InlineData("dv-catalog 1\no 5 " + A + "\nend 0\n", 3, "counts")]
    [InlineData("dv-catalog 1\no 5 " + A + "\nend 2\n", 3, "counts")]
    [InlineData("dv-catalog 1\no 5 " + A + "\nend 4294967297\n", 3, "counts")]
    [InlineData("dv-catalog 1\no 5 " + A + "\nend 01\n", 3, "decimal")]
    [InlineData("dv-catalog 1\no 5 " + A + "\nend 1\n\n", 3, "counts")]
    [InlineData("dv-catalog 1\no 5 " + A + "\nend 1\ndv-catalog 1\nend 0\n", 3, "counts")]
    [InlineData("dv-catalog 1\nend 0\0", 2, "no end")]
    [InlineData("dv-catalog 1\nend 0\n\0", 2, "counts")]
    [InlineData("dv-catalog 1\nT 5 " + A + "\nend 1\n", 2, "begins with")]
    [InlineData("dv-catalog 1\no 05 " + A + "\nend 1\n", 2, "decimal")]
    [InlineData("dv-catalog 1\no -5 " + A + "\nend 1\n", 2, "decimal")]
    [InlineData("dv-catalog 1\no 16777217 " + A + "\nend 1\n", 2, "more than 16777216")]
    [InlineData("dv-catalog 1\no 9223372036854775808 " + A + "\nend 1\n", 2, "decimal")]
    [InlineData("dv-catalog 1\no 5\nend 1\n", 2, "missing")]
    [InlineData("dv-catalog 1\no 5 " + Md5 + "\nend 1\n", 2, "SHA-256")]
    [InlineData("dv-catalog 1\no 5 " + A + " \nend 1\n", 2, "not an id")]
    [InlineData("dv-catalog 1\no 5 ../../../etc/passwd\nend 1\n", 2, "not an id")]
    [InlineData("dv-catalog 1\no 5 " + B + "\no 5 " + A + "\nend 2\n", 3, "out of order")]
    [InlineData("dv-catalog 1\nt 5 " + A + "\no 5 " + B + "\nend 2\n", 3, "out of order")]
    [InlineData("dv-catalog 1\no 5 " + A + "\no 5 " + A + "\nend 2\n", 3, "twice")]
    [InlineData("dv-catalog 1\no 5 " + A + "\no 6 " + A + "\nend 2\n", 3, "twice")]
    public void Refuses(string text, int line, string problem) =>
        PackTexts.AssertRefused(bytes => PackCatalog.Parse(bytes, "it"), text, line, problem);

    private static byte[] Rewrite(byte[] bytes) => PackCatalog.Write(PackCatalog.Parse(bytes, "it"));
}
