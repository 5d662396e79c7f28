using System.Text;
using DataVersion.Hashing;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class PointerDocumentTests
{
    private const string Id = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private const string Head = "dv: 1\ntype: file\nhash: " + Id + "\nsize: 3\n";

    [Theory]
    [InlineData("", 1, "first line")]
    [InlineData("type: file\ndv: 1\n", 1, "first line")]
    [InlineData("dv: 1 \n", 1, "first line")]
    [InlineData("dv:1\n", 1, "first line")]
    [InlineData("dv: 0\n", 1, "first line")]
    [InlineData("dv: 01\n", 1, "first line")]
    [InlineData("dv: 99\ntype: file\n", 1, "newer")]
    [InlineData("dv: 1", null, "'type' is missing")]
    [InlineData("dv: 1\n", null, "'type' is missing")]
    [InlineData("dv: 1\n  2\ntype: file\nhash: " + Id + "\nsize: 3\n", 1, "'dv'")]
    [InlineData("dv: 1\ntype: file\nsize: 3\n", null, "'hash' is missing")]
    [InlineData("dv: 1\ntype: file\nhash: " + Id + "\n", null, "'size' is missing")]
    [InlineData("dv: 1\ntype: folder\nhash: " + Id + "\nsize: 3\n", 2, "'type'")]
    [InlineData("dv: 1\ntype: file\nhash: ba7816bf\nsize: 3\n", 3, "'hash'")]
    [InlineData("dv: 1\ntype: file\nhash: [" + Id + "]\nsize: 3\n", 3, "'hash'")]
    [InlineData("dv: 1\ntype: file\nhash:\n  " + Id + "\nsize: 3\n", 3, "one line")]
    [InlineData("dv: 1\ntype: file\nhash: " + Id + "\nsize: -3\n", 4, "'size'")]
    [InlineData("dv: 1\ntype: file\nhash: " + Id + "\nsize: 03\n", 4, "'size'")]
    [InlineData("dv: 1\ntype: file\nhash: " + Id + "\nsize: 3.0\n", 4, "'size'")]
    [InlineData("dv: 1\ntype: file\nhash: " + Id + "\nsize: \"3\\0\"\n", 4, "'size'")]
    [InlineData("dv: 1\ntype: file\nhash: " + Id + "\nsize: 3\n[{😀- - |\n\\", null, "not YAML")]
    [InlineData("dv: 1\ntype: file\nhash: " + Id + "\nsize: 0x3\n", 4, "'size'")]
    [InlineData("dv: 1\ntype: file\nhash: " + Id + "\nsize: 9223372036854775808\n", 4, "'size'")]
    [InlineData("dv: 1\ntype: file\nhash: " + Id + "\nsize:\n", 4, "'size'")]
    [InlineData("dv: 1\ntype: directory\nhash: " + Id + "\nsize: 3\n", null, "'files' is missing")]
    [InlineData("dv: 1\ntype: directory\nhash: " + Id + "\nsize: 3\nfiles: 1000000001\n", 5, "'files'")]
    [InlineData("dv: 1\ntype: directory\nhash: " + Id + "\nsize: 3\nfiles: 1\nexecutable: true\n", 6, "'executable'")]
    [InlineData("dv: 1\ntype: directory\nhash: " + Id + "\nsize: 67108865\nfiles: 1\nblocks: " + Id + "\n", 6, "'blocks'")]
    [InlineData(Head + "files: 1\n", 5, "'files'")]
    [InlineData(Head + "executable: yes\n", 5, "'executable'")]
    [InlineData(Head + "blocks: " + Id + "\n", 5, "'blocks'")]
    [InlineData("dv: 1\ntype: file\nhash: " + Id + "\nsize: 67108865\nblocks: md5:900150983cd24fb0d6963f7d28e17f72\n", 5, "'blocks'")]
    [InlineData(Head + "size: 4\n", 5, "there twice")]
    [InlineData(Head + "\"size\": 4\n", 5, "there twice")]
    [InlineData(Head + "meta: &a x\n", 5, "anchors")]
    [InlineData(Head + "meta: *a\n", 5, "aliases")]
    [InlineData(Head + "meta: [*a]\n", 5, "aliases")]
    [InlineData(Head + "meta: !!python/object x\n", 5, "tags")]
    [InlineData(Head + "meta: {a: !x b}\n", 5, "tags")]
    [InlineData(Head + "? a\n: b\n--- \nc: d\n", 7, "one document")]
    [InlineData(Head + "? [a]\n: b\n", 5, "plain word")]
    [InlineData(Head + "!x a: b\n", 5, "plain word")]
    [InlineData(Head + "---\na: b\n", 5, "one document")]
    [InlineData(Head + "meta: [\n", null, "not YAML")]
    [InlineData(Head + "a: b: c\n", 5, "not YAML")]
    [InlineData(Head + "\tx: y\n", null, "not YAML")]
    [InlineData(Head + "- x\n", 5, "not YAML")]
    [InlineData("dv: 1\ntype: file\rhash: x\n", 2, "control character (\\r)")]
    [InlineData(Head + "meta: a\0b\n", 5, "control character (\\x00)")]
    [InlineData(Head + "# \u001b[31m\n", 5, "control character (\\x1b)")]
    [InlineData(Head + "# \u2028size: 4\n", 5, "control character (\\u2028)")]
    [InlineData(Head + "# \u0085size: 4\n", 5, "control character (\\x85)")]
    public void Refuses(string text, int? line, string problem)
    {
        InvalidFormatException error = Assert.Throws<InvalidFormatException>(() => Parse(text));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.Usage, error.Kind);
        if (line is not null)
            Assert.Equal(line, error.Line);
    }

    [Fact]
    public void Refuses_bytes_that_are_not_utf8_and_files_over_64_KiB()
    {
        Assert.Throws<InvalidFormatException>(() => PointerDocument.Parse([.. Encoding.UTF8.GetBytes(Head), 0xff], "x.dv"));
        Parse(Head.PadRight(Pointer.MaxBytes, '\n'));
        Assert.Throws<InvalidFormatException>(() => Parse(Head.PadRight(Pointer.MaxBytes + 1, '\n')));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("[{")]
    [InlineData("a: ")]
    [InlineData("'")]
    [InlineData("!")]
    [InlineData("&a ")]
    [InlineData("#")]
    [InlineData("\n ")]
    public void Endless_nesting_is_refused_and_costs_nothing(string unit)
    {
        foreach (string start in new[] { "dv: 1\n", Head + "meta: ", Head + "meta:\n  " })
        {
            string text = start + string.Concat(Enumerable.Repeat(unit, (Pointer.MaxBytes - start.Length) / unit.Length));
            try
            {
                Parse(text);
            }
            catch (InvalidFormatException e)
            {
                Assert.InRange(e.Message.Length, 1, 400);
            }
        }
    }

    [Fact]
    public void Nesting_of_32_is_read()
    {
        Parse(Head + "meta: " + new string('[', 32) + new string(']', 32) + "\n");
        Assert.Throws<InvalidFormatException>(() => Parse(Head + "meta: " + new string('[', 33) + new string(']', 33) + "\n"));
    }

    [Theory]
    [InlineData("<<<<<<< HEAD\ndv: 1\n=======\ndv: 2\n>>>>>>> other\n", 1)]
    [InlineData("dv: 1\r\n<<<<<<< HEAD\r\nsize: 3\r\n||||||| base\r\nsize: 2\r\n=======\r\nsize: 4\r\n>>>>>>> other\r\n", 2)]
    public void Recognises_conflict_markers(string text, int line)
    {
        Assert.True(PointerDocument.LooksLikePointer(Encoding.UTF8.GetBytes(text)));
        PointerConflictException error = Assert.Throws<PointerConflictException>(() => Parse(text));
        Assert.StartsWith($"x.dv:{line}: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("dv: ", false)]
    [InlineData("dv: x\n", false)]
    [InlineData("dv: 1x\n", false)]
    [InlineData("dv: 12345678901234567890\n", false)]
    [InlineData("dv: digital video", false)]
    [InlineData("DV: 1\n", false)]
    [InlineData(" dv: 1\n", false)]
    [InlineData("<<<<<<< it's a text\n", false)]
    [InlineData("dv: 1", true)]
    [InlineData("dv: 1\n", true)]
    [InlineData("dv: 1\r\n", true)]
    [InlineData("dv: 2\nanything", true)]
    [InlineData("\ufeffdv: 1\n", true)]
    public void Tells_pointers_from_data_of_that_name(string text, bool expected) =>
        Assert.Equal(expected, PointerDocument.LooksLikePointer(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_digital_video_is_data()
    {
        // The first block of a raw DV stream (IEC 61834): a header DIF block.
        byte[] video = new byte[4096];
        byte[] start = [0x1f, 0x07, 0x00, 0x3f, 0x68, 0x78, 0x78, 0x78];
        start.CopyTo(video, 0);
        Assert.False(PointerDocument.LooksLikePointer(video));
        Assert.False(PointerDocument.LooksLikePointer(new byte[100]));
    }

    [Fact]
    public void A_description_where_there_was_none_is_a_value_of_its_key()
    {
        PointerDocument document = Parse(Head + "description:   # none yet\n");
        Assert.Equal("", document.Pointer.Description);
        string after = Encoding.UTF8.GetString(document.Rewrite(document.Pointer with { Description = "small" }));
        Assert.Equal(Head + "description: small   # none yet\n", after);
        Assert.Equal("small", Parse(after).Pointer.Description);
    }

    [Fact]
    public void A_description_of_several_lines_stays_or_is_edited_by_hand()
    {
        PointerDocument document = Parse(Head + "description: >\n  folded\n  text\n# end\n");
        Assert.Equal(Head + "executable: true\ndescription: >\n  folded\n  text\n# end\n",
            Encoding.UTF8.GetString(document.Rewrite(document.Pointer with { Executable = true })));
        Assert.Contains("more than one line", Assert.Throws<UsageException>(() => document.Rewrite(document.Pointer with { Description = null })).Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => document.Rewrite(document.Pointer with { Description = "x" }));
    }

    [Fact]
    public void What_says_the_same_in_other_words_stays()
    {
        PointerDocument document = Parse(Head + "executable: false\n");
        Assert.Equal(Head + "executable: false\n", Encoding.UTF8.GetString(document.Rewrite(document.Pointer)));
        Assert.Equal(Head + "executable: true\n", Encoding.UTF8.GetString(document.Rewrite(document.Pointer with { Executable = true })));
    }

    [Fact]
    public void A_pointer_that_would_not_be_read_is_not_written()
    {
        Pointer pointer = Parse(Head).Pointer with { Description = new string('x', Pointer.MaxBytes) };
        Assert.Throws<UsageException>(() => PointerDocument.Write(pointer));
        Assert.Throws<UsageException>(() => Parse(Head).Rewrite(pointer));
    }

    [Fact]
    public void Same_content_is_same_bytes_in_the_same_form()
    {
        Pointer pointer = Parse(Head).Pointer;
        Assert.True(pointer.SameContent(pointer with { Description = "x", Remote = "y" }));
        Assert.False(pointer.SameContent(pointer with { Executable = true }));
        Assert.False(pointer.SameContent(pointer with { Hash = IdentityHash.Of(HashKind.Sha256, "x"u8) }));
        Assert.False(pointer.SameContent(null));
    }

    private static PointerDocument Parse(string text) => PointerDocument.Parse(Encoding.UTF8.GetBytes(text), "x.dv");
}
