using System.Text;
using DataVersion.Platform;
using DataVersion.Testing.Workspaces;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class DatasetListingTests : IDisposable
{
    private readonly WorkspaceSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void Lists_files_links_and_empty_folders_in_the_order_of_utf8()
    {
        foreach (string name in new[] { "a.txt", "a/z", "a/y", "b-c", "b/1", "\uff01", "😀", "-x", "a b" })
            _sandbox.Write($"data/{name}", name);
        _sandbox.MakeFolder("data/empty/inner");
        _sandbox.Link("data/link", "a.txt");
        _sandbox.Link("data/folder-link", "b");

        List<Entry> listing = List();

        Assert.Equal(
            ["-x", "a/y", "a/z", "a b", "a.txt", "b/1", "b-c", "empty/inner", "folder-link", "link", "\uff01", "😀"],
            listing.Select(e => e.Path));
        Assert.Equal(FileType.Directory, Find(listing, "empty/inner").Stat.Type);
        Assert.Equal(FileType.SymbolicLink, Find(listing, "folder-link").Stat.Type);
        Assert.Equal(5, Find(listing, "a.txt").Stat.Size);
    }

    [Fact]
    public void Leaves_out_what_is_ignored_and_our_own_temporary_files()
    {
        _sandbox.Write(".dvignore", "*.tmp\n/data/skip/\n");
        _sandbox.Write("data/.dvignore", "!keep.tmp\ninner/*.x\n");
        foreach (string name in new[] { "a.tmp", "keep.tmp", "skip/a", "inner/a.x", "inner/b", ".dv-tmp.1", "only/a.tmp" })
            _sandbox.Write($"data/{name}");

        Assert.Equal([".dvignore", "inner/b", "keep.tmp", "only"], List().Select(e => e.Path));
    }

    [Fact]
    public void A_tracked_folder_that_is_ignored_later_does_not_seem_empty()
    {
        _sandbox.Write(".dvignore", "data/\nsecret\n");
        _sandbox.Write("data/a");
        _sandbox.Write("data/secret");

        Assert.Equal("a", Assert.Single(List()).Path);
    }

    [Fact]
    public void Lists_a_dataset_deep_in_the_workspace()
    {
        _sandbox.Write("x/.dvignore", "y/z/*.tmp\n");
        _sandbox.Write("x/y/z/a/1");
        _sandbox.Write("x/y/z/b.tmp");

        Assert.Equal("a/1", Assert.Single(List("x/y/z")).Path);
    }

    [Fact]
    public void A_dataset_may_be_one_file_or_link()
    {
        _sandbox.Write("model.bin", "abc");
        _sandbox.Link("latest", "model.bin");

        Assert.Equal(3, Assert.Single(List("model.bin")).Stat.Size);
        Assert.Equal("", List("model.bin")[0].Path);
        Assert.Equal(FileType.SymbolicLink, List("latest")[0].Stat.Type);
    }

    [Fact]
    public void Finds_nothing_where_nothing_is() =>
        Assert.Null(WorkspaceWalker.TryList(_sandbox.Root, "nothing", IgnoreRules.Load(_sandbox.Root), IsPointer, TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("data/.git/config")]
    [InlineData("data/sub/.GIT")]
    [InlineData("data/git~1")]
    [InlineData("data/sub/.dv/config")]
    public void Refuses_reserved_names_with_a_way_out(string path)
    {
        _sandbox.Write(path);

        var error = Assert.Throws<UnsafePathException>(() => List());

        Assert.StartsWith("data/", error.Path, StringComparison.Ordinal);
        Assert.Contains(".dvignore", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_reserved_names_as_ignored_where_the_user_says_so()
    {
        _sandbox.Write("data/.dvignore", ".git/\n");
        _sandbox.Write("data/.git/config");
        _sandbox.Write("data/a");

        Assert.Equal([".dvignore", "a"], List().Select(e => e.Path));
    }

    [Fact]
    public void Refuses_a_pointer_inside_but_not_a_video()
    {
        _sandbox.Write("data/clip.dv", "video");
        Assert.Equal("clip.dv", Assert.Single(List()).Path);

        _sandbox.Write("data/sub/x.dv", "dv: 1\n");
        Assert.Equal("data/sub/x.dv", Assert.Throws<UnsafePathException>(() => List()).Path);
    }

    [Fact]
    public void Refuses_a_fifo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        _sandbox.MakeFolder("data");
        _sandbox.Run("mkfifo", "", "data/pipe");

        Assert.Equal("data/pipe", Assert.Throws<UnsafePathException>(() => List()).Path);
        Assert.Throws<UnsafePathException>(() => List("data/pipe"));
    }

    [Theory]
    [InlineData("touch \"$(printf 'data/a\\377b')\"")]
    [InlineData("touch \"$(printf 'data/a\\377b')\" \"$(printf 'data/a\\357\\277\\275b')\"")]
    [InlineData("mkdir \"$(printf 'data/\\355\\240\\200')\"")]
    public void Refuses_names_that_are_not_utf8(string command)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems have Unicode names only");
        _sandbox.MakeFolder("data");
        _sandbox.Run("sh", "", "-c", command);

        var error = Assert.Throws<UnsafePathException>(() => List());

        Assert.Contains("not UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_a_name_that_holds_the_replacement_character()
    {
        _sandbox.Write("data/a\ufffdb");

        Assert.Equal("a\ufffdb", Assert.Single(List()).Path);
    }

    [Fact]
    public void Names_a_folder_that_may_not_be_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName != "root", "root may read everything");
        _sandbox.Write("data/locked/x");
        _sandbox.Run("chmod", "", "0", "data/locked");
        try
        {
            var error = Assert.Throws<FileAccessException>(() => List());
            Assert.EndsWith("data/locked", error.Path, StringComparison.Ordinal);
            Assert.Contains("permission denied", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            _sandbox.Run("chmod", "", "700", "data/locked");
        }
    }

    [Fact]
    public void Walks_as_deep_as_paths_may_be_and_no_deeper()
    {
        string deepest = string.Join('/', Enumerable.Repeat("d", 255));
        _sandbox.Write($"data/{deepest}/f");
        Assert.Equal($"{deepest}/f", Assert.Single(List()).Path);

        _sandbox.Write($"data/{deepest}/d/f");
        Assert.Throws<UnsafePathException>(() => List());
    }

    [Fact]
    public void Takes_long_names_and_refuses_long_paths()
    {
        string longest = new('é', 127);
        _sandbox.Write($"data/{longest}");
        Assert.Equal(longest, Assert.Single(List()).Path);

        // The kernel takes 4,095 bytes in one call, so a longer path is made in two steps.
        string half = string.Join('/', Enumerable.Repeat(new string('x', 200), 12));
        _sandbox.MakeFolder($"data/{half}");
        _sandbox.Run("sh", "", "-c", $"cd data/{half} && mkdir -p {half}");
        Assert.ThrowsAny<DataVersionException>(() => List());
    }

    [Fact]
    public void Stops_when_cancelled()
    {
        _sandbox.MakeFolder("data");
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.Throws<OperationCanceledException>(
            () => WorkspaceWalker.TryList(_sandbox.Root, "data", IgnoreRules.Load(_sandbox.Root), _ => false, source.Token));
    }

    private List<Entry> List(string dataset = "data") =>
        [.. Below("", WorkspaceWalker.TryList(_sandbox.Root, dataset, IgnoreRules.Load(_sandbox.Root), IsPointer, TestContext.Current.CancellationToken)!)];

    // Files, links and empty folders, in the order in which they stand.
    private static IEnumerable<Entry> Below(string path, WorkspaceNode node) =>
        node.Children is not { Count: > 0 } children ? [new Entry(path, node.Stat)]
            : children.SelectMany(child => Below(path.Length == 0 ? child.Name : $"{path}/{child.Name}", child));

    private bool IsPointer(string path) => File.ReadAllText(_sandbox.PathOf(path), Encoding.UTF8).StartsWith("dv: 1", StringComparison.Ordinal);

    private static Entry Find(List<Entry> listing, string path) => Assert.Single(listing, e => e.Path == path);

    private sealed record Entry(string Path, FileStat Stat);
}
