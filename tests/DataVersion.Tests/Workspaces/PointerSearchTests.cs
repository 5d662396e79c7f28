using DataVersion.Testing.Workspaces;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class PointerSearchTests : IDisposable
{
    private readonly WorkspaceSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void Finds_pointers_and_enters_neither_tracked_nor_ignored_nor_foreign_folders()
    {
        Pointers("a.csv.dv", "data/set.dv", "data/set/inner.dv", "z/x.dv", "\uff01.dv", "😀.dv", "skip/x.dv", "other/x.dv", "module/x.dv", ".git/x.dv", ".dv/x.dv");
        _sandbox.Write(".dvignore", "skip/\n");
        _sandbox.MakeFolder("other/.dv");
        _sandbox.Write("module/.git", "gitdir: ../.git/modules/module");
        _sandbox.Write("clip.dv", "a video");
        _sandbox.MakeFolder("folder.dv");
        _sandbox.Link("link.dv", "a.csv.dv");
        _sandbox.Link("linked", "z");

        Assert.Equal(["a.csv.dv", "data/set.dv", "z/x.dv", "\uff01.dv", "😀.dv"], Find());
    }

    [Theory]
    [InlineData("data", "data/set.dv")]
    [InlineData("data/", "data/set.dv")]
    [InlineData("data/set", "data/set.dv")]
    [InlineData("data/set.dv", "data/set.dv")]
    [InlineData("data/set/deep/file.bin", "data/set.dv")]
    [InlineData("data/set/inner.dv", "data/set.dv")]
    [InlineData("a.csv", "a.csv.dv")]
    [InlineData("a.csv.dv", "a.csv.dv")]
    [InlineData("ignored/x", "ignored/x.dv")]
    [InlineData("ignored")]
    [InlineData("nothing")]
    [InlineData(".", "a.csv.dv", "data/set.dv")]
    [InlineData("", "a.csv.dv", "data/set.dv")]
    public void Finds_the_pointers_that_a_path_concerns(string path, params string[] expected)
    {
        Pointers("a.csv.dv", "data/set.dv", "data/set/inner.dv", "ignored/x.dv");
        _sandbox.Write(".dvignore", "ignored/\n");

        Assert.Equal(expected, Find(path));
    }

    [Fact]
    public void Finds_each_pointer_once()
    {
        Pointers("data/b.dv", "data/a.dv");

        Assert.Equal(["data/a.dv", "data/b.dv"], Find("data/b", "data", "data/a.dv", "data/b/x"));
    }

    [Fact]
    public void Is_not_disturbed_by_names_that_are_not_utf8()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems have Unicode names only");
        Pointers("a.dv");
        _sandbox.Run("sh", "", "-c", "mkdir \"$(printf 'd\\377')\" && touch \"$(printf 'x\\377.dv')\"");

        Assert.Equal(["a.dv"], Find());
    }

    private void Pointers(params string[] paths)
    {
        foreach (string path in paths)
            _sandbox.Write(path, "dv: 1\n");
    }

    private IReadOnlyList<string> Find(params string[] under) => WorkspaceWalker.FindPointers(
        _sandbox.Root, under, IgnoreRules.Load(_sandbox.Root),
        path => File.ReadAllText(_sandbox.PathOf(path)).StartsWith("dv: 1", StringComparison.Ordinal), TestContext.Current.CancellationToken);
}
