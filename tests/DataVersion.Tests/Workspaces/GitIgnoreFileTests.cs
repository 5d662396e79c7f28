using System.Text;
using DataVersion.Testing.Workspaces;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class GitIgnoreFileTests : IDisposable
{
    private static readonly string[] NastyNames =
    [
        "plain.csv", "with space", "quote'", "quo\"te", "é", "😀", "-dash", "#hash", "!bang", "back\\slash", "end\\", "br[a]cket", "]", "star*", "quest?", "trailing ", "two  ",
        "slash\\ ", " leading", "tab\t", "return\r", "mid\rdle", "re\r\r", "**", "a.dv", "\ufeffbom", "\u007f", "$HOME", "`x`", "a\\\\b", "[!a]", new('x', 255),
    ];

    private readonly WorkspaceSandbox _sandbox = new();

    private string Ignore => _sandbox.PathOf(".gitignore");

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void Git_ignores_each_nasty_name_and_nothing_else()
    {
        _sandbox.Run("git", "", "init", "-q");
        _sandbox.MakeFolder("sub dir[1]");
        string[] near = [.. NastyNames.Select(n => n + "x"), .. NastyNames.Select(n => $"other/{n}")];
        foreach (string name in NastyNames)
        {
            Assert.True(GitIgnoreFile.AddLine(_sandbox.PathOf("sub dir[1]/.gitignore"), name));
            Assert.False(GitIgnoreFile.AddLine(_sandbox.PathOf("sub dir[1]/.gitignore"), name));
        }

        var found = _sandbox.CheckIgnore([.. NastyNames.Select(n => $"sub dir[1]/{n}"), .. near.Select(n => $"sub dir[1]/{n}")]);

        Assert.Equal(NastyNames, found.Where(f => f.Ignored).Select(f => f.Path["sub dir[1]/".Length..]));
    }

    [Fact]
    public void Git_ignores_them_through_its_exclude_file_as_well()
    {
        _sandbox.Run("git", "", "init", "-q");
        string exclude = _sandbox.PathOf(".git/info/exclude");
        File.Delete(exclude);
        Directory.Delete(_sandbox.PathOf(".git/info"));
        foreach (string name in NastyNames)
            GitIgnoreFile.AddLine(exclude, $"sub dir[1]/{name}");

        var found = _sandbox.CheckIgnore([.. NastyNames.Select(n => $"sub dir[1]/{n}"), .. NastyNames.Select(n => $"x/sub dir[1]/{n}"), .. NastyNames]);

        Assert.Equal(NastyNames, found.Where(f => f.Ignored).Select(f => f.Path["sub dir[1]/".Length..]));
    }

    [Fact]
    public void Our_rules_read_those_lines_as_git_does()
    {
        foreach (string name in NastyNames)
            GitIgnoreFile.AddLine(_sandbox.PathOf(".dvignore"), name);
        IgnoreRules rules = IgnoreRules.Load(_sandbox.Root);

        Assert.All(NastyNames, name => Assert.True(rules.IsIgnored(name, false)));
        Assert.All(NastyNames, name => Assert.False(rules.IsIgnored(name + "x", false)));
    }

    [Theory]
    [InlineData("", "/x\n")]
    [InlineData("a\n", "a\n/x\n")]
    [InlineData("a", "a\n/x\n")]
    [InlineData("a\r\nb\r\n", "a\r\nb\r\n/x\r\n")]
    [InlineData("a\r\nb", "a\r\nb\r\n/x\r\n")]
    [InlineData("\uFEFF", "\uFEFF/x\n")]
    [InlineData("\uFEFFa", "\uFEFFa\n/x\n")]
    [InlineData("# /x\n!/x", "# /x\n!/x\n/x\n")]
    public void Adds_behind_what_is_there_in_its_style(string before, string after)
    {
        _sandbox.Write(".gitignore", before);

        Assert.True(GitIgnoreFile.AddLine(Ignore, "x"));
        Assert.Equal(after, File.ReadAllText(Ignore, new UTF8Encoding(true, false)) is var text && before.StartsWith('\uFEFF') ? "\uFEFF" + text.TrimStart('\uFEFF') : text);
    }

    [Theory]
    [InlineData("/x")]
    [InlineData("a\n/x\r\nb\n")]
    [InlineData("\uFEFF/x\n")]
    public void Adds_nothing_twice(string content)
    {
        _sandbox.Write(".gitignore", content);

        Assert.False(GitIgnoreFile.AddLine(Ignore, "x"));
        Assert.Equal(Encoding.UTF8.GetBytes(content), File.ReadAllBytes(Ignore));
    }

    [Theory]
    [InlineData("/x\na\n", "a\n")]
    [InlineData("a\r\n/x\r\nb\r\n/x", "a\r\nb\r\n")]
    [InlineData("a\n/x", "a\n")]
    [InlineData("\uFEFF/x\na\n", "\uFEFFa\n")]
    [InlineData("/x\n", null)]
    [InlineData("\uFEFF/x\n", null)]
    [InlineData("/x\r\n/x", null)]
    public void Removes_the_line_and_an_empty_file(string before, string? after)
    {
        _sandbox.Write(".gitignore", before);

        Assert.True(GitIgnoreFile.RemoveLine(Ignore, "x"));
        Assert.Equal(after is null ? null : Encoding.UTF8.GetBytes(after), File.Exists(Ignore) ? File.ReadAllBytes(Ignore) : null);
    }

    [Fact]
    public void Keeps_bytes_that_are_not_text()
    {
        _sandbox.Write(".gitignore", [0xff, 0, (byte)'\n']);

        GitIgnoreFile.AddLine(Ignore, "x");
        GitIgnoreFile.RemoveLine(Ignore, "x");

        Assert.Equal([0xff, 0, (byte)'\n'], File.ReadAllBytes(Ignore));
    }

    [Fact]
    public void Removing_what_is_not_there_changes_nothing()
    {
        Assert.False(GitIgnoreFile.RemoveLine(Ignore, "x"));
        Assert.False(File.Exists(Ignore));

        _sandbox.Write(".gitignore", "/xy\n/x/y\nx\n");
        Assert.False(GitIgnoreFile.RemoveLine(Ignore, "x"));
        Assert.Equal("/xy\n/x/y\nx\n", File.ReadAllText(Ignore));
    }

    [Fact]
    public void Keeps_the_mode_and_leaves_no_temporary_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs chmod and stat");
        _sandbox.Write(".gitignore", "a\n");
        _sandbox.Run("chmod", "", "620", ".gitignore");

        GitIgnoreFile.AddLine(Ignore, "x");

        Assert.Equal("620\n"u8, _sandbox.Run("stat", "", "-c", "%a", ".gitignore"));
        Assert.Equal([Ignore], Directory.GetFileSystemEntries(_sandbox.Root));
    }

    [Fact]
    public void Refuses_a_name_with_a_line_break()
    {
        var error = Assert.Throws<UnsafePathException>(() => GitIgnoreFile.AddLine(Ignore, "a\nb"));

        Assert.NotNull(error.Hint);
        Assert.False(File.Exists(Ignore));
    }

    [Fact]
    public void Refuses_to_write_through_a_link_or_into_a_folder()
    {
        _sandbox.Write("elsewhere", "a\n");
        _sandbox.Link(".gitignore", "elsewhere");
        _sandbox.MakeFolder("folder");

        Assert.Throws<UnsafePathException>(() => GitIgnoreFile.AddLine(Ignore, "x"));
        Assert.Throws<FileAccessException>(() => GitIgnoreFile.AddLine(_sandbox.PathOf("folder"), "x"));
        Assert.Equal("a\n", File.ReadAllText(_sandbox.PathOf("elsewhere")));
    }
}
