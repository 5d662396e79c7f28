using System.Text;
using DataVersion.Configuration;
using Xunit;

namespace DataVersion.Tests.Configuration;

public sealed class ConfigFileTests
{
    private const string Sample = """
        # what the team agreed on
        [core]
        	remote = storage ; the bucket
          hash=sha256

        [remote "storage"]   # ours
        	url = s3://bucket/a\
        b
        	flag
        ; the end

        """;

    [Theory]
    [InlineData("[a]\nb = 1", "1")]
    [InlineData("[A]\n\tB=1 # note", "1")]
    [InlineData("\uFEFF[a] b = x  y ; z", "x  y")]
    [InlineData("[a]\r\nb = \"x ;# \" \r\n", "x ;# ")]
    [InlineData("[a]\nb = one\\\n  two", "one  two")]
    [InlineData("[a]\nb = one\\\r\ntwo", "onetwo")]
    [InlineData("[a]\nb = \\\"\\\\\\n\\t\\b.", "\"\\\n\t\b.")]
    [InlineData("[a]\nb = a\" b \"c", "a b c")]
    [InlineData("[a]\nb", "true")]
    [InlineData("[a]\nb =", "")]
    [InlineData("[a]\nb = 1\nb = 2", "2")]
    [InlineData("[a]\nb = 1\n[a]\nB = 2", "2")]
    [InlineData("[a]\nb = x\\", "x")]
    public void Reads_a_value(string text, string value) => Assert.Equal(value, Parse(text).Get("a", null, "b"));

    [Theory]
    [InlineData("[r \"x.Y\\\"\\\\\"]\nk=1", "x.Y\"\\")]
    [InlineData("[R.X.Y]\nk=1", "x.y")]
    [InlineData("[r \"\"]\nk=1", "")]
    public void Reads_a_subsection(string text, string subsection) => Assert.Equal("1", Parse(text).Get("r", subsection, "k"));

    [Fact]
    public void Subsections_are_told_apart_by_case() => Assert.Null(Parse("[remote \"A\"]\nurl=x").Get("remote", "a", "url"));

    [Theory]
    [InlineData("[a]\n\nb c = 1", 3)]
    [InlineData("b = 1", 1)]
    [InlineData("[a]\nb = \"x\n", 2)]
    [InlineData("[a]\nb = one\\\n\\q", 3)]
    [InlineData("[a]\nb = \\x", 2)]
    [InlineData("[a\nb=1", 1)]
    [InlineData("\n[a \"b]\n", 2)]
    [InlineData("[]\n", 1)]
    [InlineData("[.x]\n", 1)]
    [InlineData("[a \"b\" ]\n", 1)]
    [InlineData("[a]\n9b = 1", 2)]
    [InlineData("[a]\nb = \0", 2)]
    [InlineData("[a]\n= 1", 2)]
    [InlineData("\n[a]\n<<<<<<< HEAD\n", 3)]
    public void Refuses_what_is_malformed_and_names_the_line(string text, int line)
    {
        InvalidFormatException error = Assert.Throws<InvalidFormatException>(() => Parse(text));
        Assert.Equal(("config", line, ErrorKind.Usage), (error.File, error.Line, error.Kind));
        Assert.StartsWith($"config:{line}: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[include]\npath = /etc/passwd")]
    [InlineData("[core]\n[includeIf \"gitdir:/\"] path = x")]
    [InlineData("[INCLUDE]")]
    [InlineData("[include.x]")]
    public void Refuses_include(string text) =>
        Assert.Contains("[include]", Assert.Throws<InvalidFormatException>(() => Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Refuses_values_that_are_not_utf8_but_keeps_such_comments()
    {
        Assert.Throws<InvalidFormatException>(() => ConfigFile.Parse([.. "[a]\nb="u8, 0xE9], "config"));
        byte[] comment = [.. "[a]\nb=1 # caf"u8, 0xE9, (byte)'\n'];
        Assert.Equal(comment, ConfigFile.Parse(comment, "config").ToBytes());
    }

    [Fact]
    public void Refuses_more_than_a_mebibyte()
    {
        byte[] most = Encoding.UTF8.GetBytes(new string('\n', ConfigFile.MaxLength));
        Assert.Empty(ConfigFile.Parse(most, "config").Entries);
        Assert.Throws<InvalidFormatException>(() => ConfigFile.Parse([.. most, (byte)'\n'], "config"));
        Assert.Throws<InvalidFormatException>(() => ConfigFile.Parse(most, "config").Set("a", null, "b", "1"));
    }

    [Fact]
    public void Entries_know_their_lines() =>
        Assert.Equal([3, 4, 7, 9], Parse(Sample).Entries.Select(e => e.Line));

    [Fact]
    public void Set_replaces_the_value_and_keeps_its_comment() =>
        AssertEdit(f => f.Set("core", null, "Remote", "a;b"), "remote = storage ; the bucket", "remote = \"a;b\" ; the bucket");

    [Fact]
    public void Set_replaces_a_continued_value() =>
        AssertEdit(f => f.Set("remote", "storage", "url", "/x"), "url = s3://bucket/a\\\nb", "url = /x");

    [Fact]
    public void Set_gives_a_value_to_a_bare_key() =>
        AssertEdit(f => f.Set("remote", "storage", "flag", "false"), "\tflag\n", "\tflag = false\n");

    [Fact]
    public void Set_adds_after_the_last_entry_of_the_section_indented_as_it() =>
        AssertEdit(f => f.Set("core", null, "jobs", "4"), "  hash=sha256\n", "  hash=sha256\n  jobs = 4\n");

    [Fact]
    public void Set_adds_a_section_at_the_end() =>
        AssertEdit(f => f.Set("remote", "a \"b\"", "url", ""), "; the end\n", "; the end\n[remote \"a \\\"b\\\"\"]\n\turl = \"\"\n");

    [Fact]
    public void Set_of_the_same_value_changes_nothing() =>
        AssertEdit(f => f.Set("remote", "storage", "url", "s3://bucket/ab"), "", "");

    [Fact]
    public void Unset_removes_the_line() => AssertEdit(f => f.Unset("core", null, "hash"), "  hash=sha256\n", "");

    [Fact]
    public void RemoveSection_removes_its_lines() =>
        AssertEdit(f => f.RemoveSection("remote", "storage"), "[remote \"storage\"]   # ours\n\turl = s3://bucket/a\\\nb\n\tflag\n", "");

    [Fact]
    public void RenameSection_changes_the_header_alone() =>
        AssertEdit(f => f.RenameSection("remote", "storage", "remote", "new"), "[remote \"storage\"]", "[remote \"new\"]");

    [Theory]
    [InlineData("[a]\r\nb = 1\r\n", "[a]\r\nb = 1\r\nc = 2\r\n")]
    [InlineData("[a]\r\nb = 1 # x", "[a]\r\nb = 1 # x\r\nc = 2\r\n")]
    [InlineData("[a]", "[a]\n\tc = 2\n")]
    [InlineData("", "[a]\n\tc = 2\n")]
    [InlineData("# note", "# note\n[a]\n\tc = 2\n")]
    [InlineData("[a] [b] x = 1\n", "[a]\n\tc = 2\n [b] x = 1\n")]
    [InlineData("[a] b = 1\n", "[a] b = 1\n\tc = 2\n")]
    [InlineData("[a]\nb = x\\", "[a]\nb = x\\\n\nc = 2\n")]
    public void Set_keeps_the_files_line_ends_and_survives_odd_ends(string before, string after)
    {
        ConfigFile file = Parse(before);
        file.Set("a", null, "c", "2");
        Assert.Equal(after, Text(file));
        Assert.Equal("2", file.Get("a", null, "c"));
    }

    [Fact]
    public void Edits_of_what_is_not_there_change_nothing()
    {
        ConfigFile file = Parse(Sample);
        Assert.False(file.Unset("core", null, "jobs"));
        Assert.False(file.RemoveSection("remote", "Storage"));
        Assert.False(file.RenameSection("nothing", null, "x", null));
        Assert.Equal(Sample, Text(file));
    }

    [Theory]
    [InlineData("a b", null, "k", "v")]
    [InlineData("a", "x\ny", "k", "v")]
    [InlineData("a", null, "1k", "v")]
    [InlineData("a", null, "k", "\0")]
    [InlineData("", null, "k", "v")]
    public void Set_refuses_what_the_syntax_cannot_hold(string section, string? subsection, string key, string value) =>
        Assert.Throws<ArgumentException>(() => Parse("").Set(section, subsection, key, value));

    [Fact]
    public void Set_refuses_half_a_character() =>
        Assert.Throws<ArgumentException>(() => Parse("").Set("a", null, "k", "x\ud800"));

    private static void AssertEdit(Action<ConfigFile> edit, string before, string after)
    {
        foreach (string feed in new[] { "\n", "\r\n" })
        {
            ConfigFile file = Parse(Sample.ReplaceLineEndings(feed));
            edit(file);
            string expected = before.Length == 0 ? Sample : Sample.Replace(before, after, StringComparison.Ordinal);
            Assert.Equal(expected.ReplaceLineEndings(feed), Text(file));
        }
    }

    private static ConfigFile Parse(string text) => ConfigFile.Parse(Encoding.UTF8.GetBytes(text), "config");

    private static string Text(ConfigFile file) => Encoding.UTF8.GetString(file.ToBytes());
}
