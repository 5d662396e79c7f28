using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Tests.Cli;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Objects;

public sealed class TreeFormatTests
{
    public static TheoryData<string> Golden => [.. Directory.GetFiles(Folder, "*.tree").Select(f => Path.GetFileName(f))];

    private static string Folder => Path.Combine(GoldenFile.Root, "tests", "golden", "trees");

    [Theory]
    [MemberData(nameof(Golden))]
    public void Writes_golden_trees_byte_for_byte(string name)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, name));
        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(Write(TreeParser.Parse(bytes, KindOf(name), name))));
    }

    [Fact]
    public void Reads_what_a_golden_tree_says()
    {
        IReadOnlyList<TreeEntry> entries = TreeParser.Parse(File.ReadAllBytes(Path.Combine(Folder, "example.tree")), HashKind.Sha256, "example").Entries!;
        Assert.Equal(["hello.txt", "latest", "run.sh", "train", "unused", "weights.bin"], entries.Select(e => e.Name));
        Assert.Equal(
            [TreeEntryKind.File, TreeEntryKind.Link, TreeEntryKind.Executable, TreeEntryKind.Directory, TreeEntryKind.Directory, TreeEntryKind.File],
            entries.Select(e => e.Kind));
        Assert.Equal([11, 13, 18, 3, 0, 67108865], entries.Select(e => e.Size!.Value));
        Assert.Equal([1, 1, 1, 2, 0, 1], entries.Select(e => e.Files));
        Assert.Equal(IdentityHash.Of(HashKind.Sha256, File.ReadAllBytes(Path.Combine(Folder, "train.tree"))), entries[3].Id);
        Assert.Equal(IdentityHash.Of(HashKind.Sha256, File.ReadAllBytes(Path.Combine(Folder, "empty.tree"))), entries[4].Id);
        Assert.Equal("5aaf5e392d9d04c922693190d7f8b9e09104b1413f5c8fe86ab5c71a018df04d", entries[5].BlocksId.Hex);
        Assert.Equal(ObjectKind.Tree, entries[3].Key.Kind);
        Assert.Equal(ObjectKind.Content, entries[1].Key.Kind);
    }

    [Fact]
    public void Reads_nasty_names()
    {
        IReadOnlyList<TreeEntry> entries = TreeParser.Parse(File.ReadAllBytes(Path.Combine(Folder, "names.tree")), HashKind.Sha256, "names").Entries!;
        string[] expected = [" ", "-rf", "a\nb", "a\rb", "a\\b", "a\\nb", "..x", "...", "\t", "\uff01", "😀", "\U0010ffff", new string('x', 255)];
        Assert.Subset(entries.Select(e => e.Name).ToHashSet(), expected.ToHashSet());
    }

    [Fact]
    public void Reads_back_what_it_writes() => Prop.ForAll(TreeTexts.Listing.ToArbitrary(), entries =>
        TreeParser.Parse(TreeFormat.Write(entries), HashKind.Sha256, "t").Entries!.SequenceEqual(entries)).QuickCheckThrowOnFailure();

    [Fact]
    public void Reads_back_lists_of_parts_that_it_writes()
    {
        Gen<List<TreePart>> parts = TreeTexts.Listing.Where(l => l.Count > 1)
            .Select(l => l.ConvertAll(e => new TreePart(e.Size!.Value, e.Files, e.Id, e.Name)));
        Prop.ForAll(parts.ToArbitrary(), list =>
            TreeParser.Parse(TreeFormat.Write(list), HashKind.Sha256, "t").Parts!.SequenceEqual(list)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_bytes_are_a_tree_that_writes_the_same_bytes_or_corrupt()
    {
        Gen<byte[]> random = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf();
        Gen<byte[]> headed = random.Select(b => (byte[])[.. "dv-tree 1\n"u8, .. b]);
        Gen<byte[]> mutated =
            from entries in TreeTexts.Listing
            from asParts in Gen.Elements(false, true)
            from at in Gen.Choose(0, int.MaxValue)
            from length in Gen.Choose(0, 3)
            from put in Gen.Elements("", "0", "1", "f", "F", " ", "\n", "\r", "\\", "\\n", "/", "..", "+", ":", "\0", "é", "p ", "d 1 ")
            select Mutate(asParts ? TreeFormat.Write(entries.Select(e => new TreePart(1, 1, e.Id, e.Name))) : TreeFormat.Write(entries), at, length, put);
        foreach (Gen<byte[]> gen in new[] { random, headed, mutated })
            Prop.ForAll(gen.ToArbitrary(), AcceptsOnlyWhatItWrites).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    private static bool AcceptsOnlyWhatItWrites(byte[] bytes)
    {
        try
        {
            byte[] written = Write(TreeParser.Parse(bytes, HashKind.Sha256, "t"));
            Assert.Equal(Encoding.Latin1.GetString(bytes), Encoding.Latin1.GetString(written));
            return true;
        }
        catch (InvalidFormatException e) when (e.Kind == ErrorKind.Corrupt && e.File == "t" && e.Line > 0)
        {
            return true;
        }
    }

    private static byte[] Write(TreeObject tree) => tree.Entries is { } entries ? TreeFormat.Write(entries) : TreeFormat.Write(tree.Parts!);

    private static byte[] Mutate(byte[] bytes, int at, int length, string put)
    {
        at %= bytes.Length;
        return [.. bytes[..at], .. Encoding.UTF8.GetBytes(put), .. bytes[Math.Min(at + length, bytes.Length)..]];
    }

    private static HashKind KindOf(string name) => name.StartsWith("md5", StringComparison.Ordinal) ? HashKind.Md5 : HashKind.Sha256;
}
