using DataVersion.Hashing;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Hashing;

public sealed class ObjectIdTests
{
    private const string Abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private static readonly Gen<ObjectId> Ids =
        from kind in Gen.Elements(HashKind.Sha256, HashKind.Xxh128, HashKind.Md5)
        from digest in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(kind.DigestLength())
        select new ObjectId(kind, digest);

    [Fact]
    public void Reads_back_what_it_writes() => Prop.ForAll(Ids.ToArbitrary(), id =>
        ObjectId.Parse(id.ToString()) == id
        && ObjectId.TryParseHex(id.Kind, id.Hex, out ObjectId fromHex) && fromHex == id
        && id.ToString() == $"{id.Kind.Name()}:{Convert.ToHexStringLower(id.Digest)}").QuickCheckThrowOnFailure();

    [Fact]
    public void Orders_and_equals_as_kind_and_digest_do() => Prop.ForAll(Ids.ToArbitrary(), Ids.ToArbitrary(), (x, y) =>
    {
        int expected = x.Kind != y.Kind ? x.Kind.CompareTo(y.Kind) : x.Digest.SequenceCompareTo(y.Digest);
        return Math.Sign(x.CompareTo(y)) == Math.Sign(expected)
            && (x < y) == (expected < 0) && (x > y) == (expected > 0) && (x <= y) == (expected <= 0) && (x >= y) == (expected >= 0)
            && x.Equals(y) == (expected == 0) && (x != y) == (expected != 0)
            && x.GetHashCode() == new ObjectId(x.Kind, x.Digest).GetHashCode();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Reads_nothing_but_what_it_would_write()
    {
        Gen<string> almost =
            from id in Ids
            from at in Gen.Choose(0, 70)
            from c in Gen.Elements('0', 'f', 'g', 'A', ':', ' ', '\0', 'é', '٣', '\n')
            select id.ToString() is var text && at < text.Length ? text.Remove(at, 1).Insert(at, c.ToString()) : text + c;
        Prop.ForAll(almost.ToArbitrary(), text => !ObjectId.TryParse(text, out ObjectId id) || id.ToString() == text).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("sha256")]
    [InlineData("sha256:")]
    [InlineData(Abc)]
    [InlineData("SHA256:" + Abc)]
    [InlineData("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("sha256:" + Abc + "0")]
    [InlineData("sha256: " + Abc)]
    [InlineData(" sha256:" + Abc)]
    [InlineData("md5:" + Abc)]
    [InlineData("sha512:" + Abc)]
    [InlineData("sha256:ba7816bf")]
    public void Refuses_what_is_no_id(string text)
    {
        Assert.False(ObjectId.TryParse(text, out ObjectId id));
        Assert.True(id.IsEmpty);
        Assert.Throws<FormatException>(() => ObjectId.Parse(text));
    }

    [Fact]
    public void The_default_value_names_nothing()
    {
        ObjectId none = default;
        Assert.True(none.IsEmpty);
        Assert.Equal("(none)", none.ToString());
        Assert.Equal("(none)", none.Abbreviated);
        Assert.Equal("", none.Hex);
        Assert.Equal(default, none);
        Assert.NotEqual(new ObjectId(HashKind.Md5, new byte[16]), none);
    }

    [Fact]
    public void Refuses_a_digest_of_another_length() =>
        Assert.Throws<ArgumentException>(() => new ObjectId(HashKind.Sha256, new byte[16]));

    [Fact]
    public void Abbreviates_to_eight_digits() => Assert.Equal("sha256:ba7816bf", ObjectId.Parse("sha256:" + Abc).Abbreviated);
}
