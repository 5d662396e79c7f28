using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Tests.Cli;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class PointerGoldenTests
{
    private static readonly ObjectId Hello = ObjectId.Parse("sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
    private static readonly ObjectId Example = ObjectId.Parse("sha256:b206bebfd10f1f1892ffb97a186b5b9c5da3c84c337d125d29b8025649507d83");

    private static readonly Pointer File11 = new() { IsDirectory = false, Hash = Hello, Size = 11 };
    private static readonly Pointer Directory6 = new() { IsDirectory = true, Hash = Example, Size = 67108910, Files = 6 };

    private static readonly Dictionary<string, Pointer> Written = new()
    {
        ["file.dv"] = File11,
        ["directory.dv"] = Directory6,
        ["executable.dv"] = new()
        {
            IsDirectory = false,
            Executable = true,
            Hash = ObjectId.Parse("sha256:299001868fb8c02fd431c336c6d058f5558c5dff5b5af5e6fe04b870a6a9cbba"),
            Size = 18,
        },
        ["blocks.dv"] = new()
        {
            IsDirectory = false,
            Hash = ObjectId.Parse("sha256:91990977345985aaf03af1358f4f989d7eaf985b58529efb72f613c588f6599a"),
            Size = 67108865,
            BlocksId = ObjectId.Parse("sha256:5aaf5e392d9d04c922693190d7f8b9e09104b1413f5c8fe86ab5c71a018df04d"),
        },
        ["described.dv"] = File11 with { Remote = "lab-2", Description = "10 % sample: \"small\"\nseñal 😀" },
        ["md5.dv"] = new() { IsDirectory = false, Hash = ObjectId.Parse("md5:900150983cd24fb0d6963f7d28e17f72"), Size = 3 },
    };

    private static readonly Dictionary<string, Pointer> Kept = new()
    {
        ["comments.dv"] = File11,
        ["crlf.dv"] = Directory6,
        ["bom.dv"] = File11,
        ["meta.dv"] = File11 with { Description = "Two lines,\nkept as they are.\n" },
    };

    public static TheoryData<string> WrittenNames => [.. Written.Keys];

    public static TheoryData<string> KeptNames => [.. Kept.Keys];

    [Fact]
    public void Every_golden_pointer_has_its_test()
    {
        string[] refused = ["conflict.dv", "unknown-key.dv", "version-2.dv"];
        Assert.Equal(
            Written.Keys.Concat(Kept.Keys).Concat(refused).Order(StringComparer.Ordinal),
            Directory.GetFiles(Folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(WrittenNames))]
    public void Writes_and_reads_golden_pointers(string name)
    {
        byte[] golden = Read(name);
        Assert.Equal(Encoding.UTF8.GetString(golden), Encoding.UTF8.GetString(PointerDocument.Write(Written[name])));
        Assert.Equal(Written[name], PointerDocument.Parse(golden, name).Pointer);
        Assert.True(PointerDocument.LooksLikePointer(golden));
    }

    [Theory]
    [MemberData(nameof(KeptNames))]
    public void Reads_what_people_and_editors_made_of_a_pointer_and_keeps_it(string name)
    {
        byte[] golden = Read(name);
        PointerDocument document = PointerDocument.Parse(golden, name);
        Assert.Equal(Kept[name], document.Pointer);
        Assert.Equal(golden, document.Rewrite(document.Pointer));
        Assert.True(PointerDocument.LooksLikePointer(golden));
    }

    [Fact]
    public void A_rewrite_changes_the_lines_of_changed_values_and_no_others()
    {
        Pointer other = File11 with { Hash = IdentityHash.Of(HashKind.Sha256, "abc"u8), Size = 3 };
        Assert.Equal(
            Text("comments.dv").Replace($"\"{Hello}\"", other.Hash.ToString(), StringComparison.Ordinal).Replace("11\t", "3\t", StringComparison.Ordinal),
            Rewrite("comments.dv", other));

        string meta = Rewrite("meta.dv", other with { Executable = true, Description = "Two lines,\nkept as they are.\n" });
        Assert.Equal(Text("meta.dv").Replace($"hash: {Hello}\nsize: 11\n", $"hash: {other.Hash}\nsize: 3\nexecutable: true\n", StringComparison.Ordinal), meta);

        string crlf = Rewrite("crlf.dv", File11);
        Assert.Equal($"dv: 1\r\ntype: file\r\n# CRLF\r\nhash: {Hello}\r\nsize: 11\r\n", crlf);
        Assert.Equal($"dv: 1\r\ntype: directory\r\n# CRLF\r\nhash: {Example}\r\nsize: 67108910\r\nfiles: 7\r\ndescription: new\r\n",
            Rewrite("crlf.dv", Directory6 with { Files = 7, Description = "new" }));

        Assert.Equal($"\ufeffdv: 1\ntype: file\nhash: {other.Hash}\nsize: 3\n", Rewrite("bom.dv", other));
    }

    [Fact]
    public void An_unknown_key_is_read_over_and_keeps_the_file_from_being_rewritten()
    {
        PointerDocument document = PointerDocument.Parse(Read("unknown-key.dv"), "data/x.dv");
        Assert.Equal(File11, document.Pointer);
        UsageException error = Assert.Throws<UsageException>(() => document.Rewrite(document.Pointer));
        Assert.StartsWith("data/x.dv:5: 'license'", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void A_newer_version_is_named_as_such()
    {
        Assert.True(PointerDocument.LooksLikePointer(Read("version-2.dv")));
        InvalidFormatException error = Assert.Throws<InvalidFormatException>(() => PointerDocument.Parse(Read("version-2.dv"), "x.dv"));
        Assert.Equal("x.dv:1: format version 2 is newer than this version of dv can read", error.Message);
        Assert.Equal(ErrorKind.Usage, error.Kind);
    }

    [Fact]
    public void A_conflict_is_named_with_file_and_line()
    {
        Assert.True(PointerDocument.LooksLikePointer(Read("conflict.dv")));
        PointerConflictException error = Assert.Throws<PointerConflictException>(() => PointerDocument.Parse(Read("conflict.dv"), "data/x.dv"));
        Assert.StartsWith("data/x.dv:3: ", error.Message, StringComparison.Ordinal);
        Assert.Equal("data/x.dv", error.File);
        Assert.Equal(ErrorKind.Usage, error.Kind);
    }

    [Fact]
    public void The_golden_directory_is_the_golden_tree()
    {
        byte[] tree = File.ReadAllBytes(Path.Combine(GoldenFile.Root, "tests", "golden", "trees", "example.tree"));
        Assert.Equal(Example, IdentityHash.Of(HashKind.Sha256, tree));
        IReadOnlyList<TreeEntry> entries = TreeParser.Parse(tree, HashKind.Sha256, "example").Entries!;
        Assert.Equal(Directory6.Size, entries.Sum(e => e.Size));
        Assert.Equal(Directory6.Files, entries.Sum(e => e.Files));
    }

    private static string Folder => Path.Combine(GoldenFile.Root, "tests", "golden", "pointers");

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    private static string Text(string name) => Encoding.UTF8.GetString(Read(name));

    private static string Rewrite(string name, Pointer pointer) => Encoding.UTF8.GetString(PointerDocument.Parse(Read(name), name).Rewrite(pointer));
}
