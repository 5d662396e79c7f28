using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using Xunit;

namespace DataVersion.Tests.Objects;

/// <summary>Every rule of the tree format, broken once.</summary>
public sealed class TreeStrictnessTests
{
    private const string A = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Md5 = "md5:d41d8cd98f00b204e9800998ecf8427e";

    [Theory]
    [InlineData("", 1, "no end")]
    [InlineData("dv-tree 1", 1, "no end")]
    [InlineData("dv-tree 2\n", 1, "newer")]
    [InlineData("dv-tree 1 \n", 1, "newer")]
    [InlineData("dv-tree-parts 2\n", 1, "newer")]
    [InlineData("dv-tree 1\r\n", 1, "newer")]
    [InlineData("\ndv-tree 1\n", 1, "not a tree")]
    [InlineData("\ufeffdv-tree 1\n", 1, "not a tree")]
    [InlineData("dv-tree 1\n\n", 2, "missing")]
    [InlineData("dv-tree 1\nf 0 " + A + " a", 2, "no end")]
    [InlineData("dv-tree 1\nf 0 " + A + " a\nf 0 " + A + " b", 3, "no end")]
    [InlineData("dv-tree 1\nf 0 " + A + " b\nf 0 " + A + " a\n", 3, "out of order")]
    [InlineData("dv-tree 1\nf 0 " + A + " 😀\nf 0 " + A + " \uff01\n", 3, "out of order")]
    [InlineData("dv-tree 1\nf 0 " + A + " a\nl 1 " + A + " a\n", 3, "there twice")]
    [InlineData("dv-tree 1\ng 0 " + A + " a\n", 2, "begins with")]
    [InlineData("dv-tree 1\nF 0 " + A + " a\n", 2, "begins with")]
    [InlineData("dv-tree 1\nff 0 " + A + " a\n", 2, "begins with")]
    [InlineData("dv-tree 1\np 0 0 " + A + " a\n", 2, "begins with")]
    [InlineData("dv-tree 1\nf  0 " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nf 00 " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nf 01 " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nf +1 " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nf -1 " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nf 1.0 " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nf 0x1 " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nf 1\0 " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nf ١ " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nd 9223372036854775808 0 " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nd 0 99999999999999999999 " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nd 0 " + A + " a\n", 2, "decimal")]
    [InlineData("dv-tree 1\nf 0 1 " + A + " a\n", 2, "sha256 id")]
    [InlineData("dv-tree 1\nf 0 " + Md5 + " a\n", 2, "sha256 id")]
    [InlineData("dv-tree 1\nf 0 " + Hex + " a\n", 2, "sha256 id")]
    [InlineData("dv-tree 1\nf 0 sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 a\n", 2, "hex")]
    [InlineData("dv-tree 1\nf 0 " + A + "0 a\n", 2, "hex")]
    [InlineData("dv-tree 1\nf 0 sha256: a\n", 2, "hex")]
    [InlineData("dv-tree 1\nf 0 " + A + "+" + Hex + " a\n", 2, "only a file over")]
    [InlineData("dv-tree 1\nf 67108864 " + A + "+" + Hex + " a\n", 2, "only a file over")]
    [InlineData("dv-tree 1\nd 67108865 1 " + A + "+" + Hex + " a\n", 2, "only a file over")]
    [InlineData("dv-tree 1\nf 67108865 " + A + " a\n", 2, "has a block list")]
    [InlineData("dv-tree 1\nx 67108865 " + A + " a\n", 2, "has a block list")]
    [InlineData("dv-tree 1\nf 67108865 " + A + "+ a\n", 2, "hex")]
    [InlineData("dv-tree 1\nf 67108865 " + A + "+" + A + " a\n", 2, "hex")]
    [InlineData("dv-tree 1\nl 0 " + A + " a\n", 2, "target")]
    [InlineData("dv-tree 1\nl 4096 " + A + " a\n", 2, "target")]
    [InlineData("dv-tree 1\nf 0 " + A + "\n", 2, "missing")]
    [InlineData("dv-tree 1\nf 0 " + A + " \n", 2, "empty")]
    [InlineData("dv-tree 1\nf 0 " + A + " .\n", 2, "not allowed")]
    [InlineData("dv-tree 1\nf 0 " + A + " ..\n", 2, "not allowed")]
    [InlineData("dv-tree 1\nf 0 " + A + " a/b\n", 2, "'/'")]
    [InlineData("dv-tree 1\nf 0 " + A + " a\0b\n", 2, "NUL")]
    [InlineData("dv-tree 1\nd 0 0 " + A + " .git\n", 2, ".git")]
    [InlineData("dv-tree 1\nd 0 0 " + A + " .DV\n", 2, ".dv")]
    [InlineData("dv-tree 1\nd 0 0 " + A + " .gi\u200ct\n", 2, ".git")]
    [InlineData("dv-tree 1\nd 0 0 " + A + " GIT~1\n", 2, ".git")]
    [InlineData("dv-tree 1\nf 0 " + A + " .dv-tmp.1\n", 2, "temporary")]
    [InlineData("dv-tree 1\nf 0 " + A + " a\\tb\n", 2, "followed by")]
    [InlineData("dv-tree 1\nf 0 " + A + " a\\\n", 2, "followed by")]
    [InlineData("dv-tree 1\nf 0 " + A + " a\\\\\\\n", 2, "followed by")]
    [InlineData("dv-tree 1\nf 0 " + A + " a\r\n", 2, "carriage return")]
    [InlineData("dv-tree-parts 1\n", 1, "at least two")]
    [InlineData("dv-tree-parts 1\np 0 0 " + A + " a\n", 2, "at least two")]
    [InlineData("dv-tree-parts 1\nf 0 " + A + " a\n", 2, "'p'")]
    [InlineData("dv-tree-parts 1\np 0 0 " + A + " b\np 0 0 " + A + " a\n", 3, "out of order")]
    [InlineData("dv-tree-parts 1\np 0 0 " + A + " a\np 0 0 " + A + " a\n", 3, "there twice")]
    [InlineData("dv-tree-parts 1\np 0 0 " + A + "+" + Hex + " a\np 0 0 " + A + " b\n", 2, "hex")]
    public void Refuses(string text, int line, string problem)
    {
        InvalidFormatException error = Assert.Throws<InvalidFormatException>(() => Parse(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Equal(line, error.Line);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Refuses_names_that_are_not_utf8() =>
        Assert.Throws<InvalidFormatException>(() => Parse([.. Encoding.UTF8.GetBytes($"dv-tree 1\nf 0 {A} a"), 0xff, (byte)'\n']));

    [Fact]
    public void Refuses_names_over_255_bytes()
    {
        Parse(Encoding.UTF8.GetBytes($"dv-tree 1\nf 0 {A} {new string('a', 255)}\n"));
        Assert.Throws<InvalidFormatException>(() => Parse(Encoding.UTF8.GetBytes($"dv-tree 1\nf 0 {A} {new string('a', 256)}\n")));
        Assert.Throws<InvalidFormatException>(() => Parse(Encoding.UTF8.GetBytes($"dv-tree 1\nf 0 {A} {new string('é', 128)}\n")));
    }

    [Fact]
    public void Refuses_trees_over_16_MiB() =>
        Assert.Contains("larger", Assert.Throws<InvalidFormatException>(() => Parse(new byte[TreeLimits.MaxTreeBytes + 1])).Message, StringComparison.Ordinal);

    [Fact]
    public void Refuses_ids_of_another_algorithm_than_the_roots()
    {
        byte[] tree = Encoding.UTF8.GetBytes($"dv-tree 1\nf 0 {Md5} a\n");
        Assert.Equal(HashKind.Md5, TreeParser.Parse(tree, HashKind.Md5, "t").Entries![0].Id.Kind);
        Assert.Throws<InvalidFormatException>(() => TreeParser.Parse(tree, HashKind.Xxh128, "t"));
    }

    private static TreeObject Parse(byte[] bytes) => TreeParser.Parse(bytes, HashKind.Sha256, "t");
}
