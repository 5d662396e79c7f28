using System.Text;
using DataVersion.Hashing;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Hashing;

public sealed class IdentityHashTests
{
    [Theory]
    [InlineData(HashKind.Sha256, "", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(HashKind.Sha256, "abc", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(HashKind.Md5, "", "md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData(HashKind.Md5, "abc", "md5:900150983cd24fb0d6963f7d28e17f72")]
    [InlineData(HashKind.Xxh128, "", "xxh128:99aa06d3014798d86001c324468d497f")]
    [InlineData(HashKind.Xxh128, "abc", "xxh128:06b05ab6733a618578af5f94892f3950")]
    public void Gives_the_published_digests(HashKind kind, string text, string id)
    {
        Assert.Equal(id, IdentityHash.Of(kind, Encoding.UTF8.GetBytes(text)).ToString());
        using var hash = new IdentityHash(kind);
        foreach (char c in text)
            hash.Append([(byte)c]);
        Assert.Equal(id, hash.Finish().ToString());
    }

    [Fact]
    public void Gives_the_same_however_the_bytes_come() => Prop.ForAll<byte[], byte[]>((x, y) =>
        Enum.GetValues<HashKind>().All(kind =>
        {
            using var hash = new IdentityHash(kind);
            hash.Append(x);
            hash.Append(y);
            ObjectId first = hash.Finish();
            hash.Append(y);
            return first == IdentityHash.Of(kind, [.. x, .. y]) && hash.Finish() == IdentityHash.Of(kind, y);
        })).QuickCheckThrowOnFailure();

    [Fact]
    public void Names_are_those_of_the_format()
    {
        Assert.All(Enum.GetValues<HashKind>(), kind => Assert.True(HashKinds.TryParse(kind.Name(), out HashKind parsed) && parsed == kind));
        Assert.False(HashKinds.TryParse("SHA256", out _));
        Assert.False(HashKinds.TryParse("", out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => default(HashKind).Name());
    }
}
