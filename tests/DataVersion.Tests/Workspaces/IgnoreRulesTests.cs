using DataVersion.Testing.Workspaces;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class IgnoreRulesTests : IDisposable
{
    private readonly WorkspaceSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData(".git", true)]
    [InlineData("a/.git/config", false)]
    [InlineData(".dv/config", false)]
    [InlineData("a/.dv-tmp.x", false)]
    [InlineData(".dv-tmp.x/b", false)]
    public void Ignores_what_is_never_data(string path, bool isDirectory) =>
        Assert.True(IgnoreRules.Load(_sandbox.Root).IsIgnored(path, isDirectory));

    [Fact]
    public void Ignores_a_repository_of_its_own()
    {
        _sandbox.MakeFolder("inner/.dv");
        _sandbox.Write("inner/data/x");

        IgnoreRules rules = IgnoreRules.Load(_sandbox.Root);

        Assert.True(rules.IsIgnored("inner", true));
        Assert.True(rules.IsIgnored("inner/data/x", false));
        Assert.False(rules.IsIgnored("other/x", false));
    }

    [Fact]
    public void Ignores_nothing_without_rules_and_never_the_root()
    {
        IgnoreRules rules = IgnoreRules.Load(_sandbox.Root);

        Assert.False(rules.IsIgnored("", true));
        Assert.False(rules.IsIgnored("a/b/c.txt", false));
    }

    [Fact]
    public void The_deepest_file_decides_but_cannot_bring_back_what_lies_in_an_ignored_folder()
    {
        _sandbox.Write(".dvignore", "*.tmp\nbuild/\n");
        _sandbox.Write("keep/.dvignore", "!*.tmp\n");
        _sandbox.Write("build/.dvignore", "!*\n");

        IgnoreRules rules = IgnoreRules.Load(_sandbox.Root);

        Assert.True(rules.IsIgnored("a.tmp", false));
        Assert.False(rules.IsIgnored("keep/a.tmp", false));
        Assert.True(rules.IsIgnored("build/x", false));
        Assert.False(rules.IsIgnored("build", false));
    }

    [Fact]
    public void Reads_a_byte_order_mark_and_windows_line_ends()
    {
        _sandbox.Write(".dvignore", "\uFEFF*.a\r\n\r\n# no\r\n*.b");

        IgnoreRules rules = IgnoreRules.Load(_sandbox.Root);

        Assert.True(rules.IsIgnored("x.a", false));
        Assert.True(rules.IsIgnored("x.b", false));
        Assert.False(rules.IsIgnored("# no", false));
    }

    [Fact]
    public void Names_file_and_line_when_a_file_is_not_text()
    {
        _sandbox.Write("sub/.dvignore", [(byte)'a', (byte)'\n', 0xff, (byte)'\n']);

        var error = Assert.Throws<InvalidFormatException>(() => IgnoreRules.Load(_sandbox.Root).IsIgnored("sub/x", false));

        Assert.Equal("sub/.dvignore", error.File);
        Assert.Equal(2, error.Line);
    }

    [Fact]
    public void Refuses_a_file_that_is_too_large()
    {
        _sandbox.Write(".dvignore", new byte[IgnoreFile.MaxSize + 1]);

        Assert.Throws<InvalidFormatException>(() => IgnoreRules.Load(_sandbox.Root).IsIgnored("x", false));
    }

    [Fact]
    public void Refuses_a_file_that_is_a_link()
    {
        _sandbox.Link(".dvignore", "/etc/hostname");

        Assert.Throws<InvalidFormatException>(() => IgnoreRules.Load(_sandbox.Root).IsIgnored("x", false));
    }

    [Fact]
    public void A_folder_called_like_a_file_of_rules_is_only_a_folder()
    {
        _sandbox.MakeFolder(".dvignore");

        Assert.False(IgnoreRules.Load(_sandbox.Root).IsIgnored("x", false));
    }

    [Fact]
    public void Many_threads_may_ask_at_once()
    {
        _sandbox.Write(".dvignore", "*.tmp\n");
        for (int i = 0; i < 20; i++)
            _sandbox.Write($"d{i}/.dvignore", $"x{i}\n");
        IgnoreRules rules = IgnoreRules.Load(_sandbox.Root);

        Parallel.For(0, 2000, i => Assert.Equal(i % 20 == i % 7, rules.IsIgnored($"d{i % 20}/x{i % 7}", false)));
    }
}
