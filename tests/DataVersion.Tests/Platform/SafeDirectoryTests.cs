using DataVersion.Platform;
using Xunit;

namespace DataVersion.Tests.Platform;

public sealed class SafeDirectoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("dv-test-safe-").FullName;

    [Fact]
    public void Makes_what_is_missing_and_places_there()
    {
        using (SafeDirectory directory = SafeDirectory.Open(_root, "a/b c/ü😀", create: true))
        {
            string temp = Path.Combine(_root, "temp");
            File.WriteAllText(temp, "x");
            directory.MoveInto(temp, "f");
            Assert.True(directory.TryStat("f", out FileStat stat));
            Assert.Equal(1, stat.Size);
            Assert.False(directory.TryStat("g", out _));
        }

        Assert.Equal("x", File.ReadAllText(Path.Combine(_root, "a/b c/ü😀/f")));
        Assert.Null(SafeDirectory.TryOpen(_root, "a/none", create: false));
        Assert.Throws<FileAccessException>(() => SafeDirectory.Open(_root, "a/none", create: false));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/etc")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("a/\0")]
    public void Refuses_paths_that_are_not_below_the_root(string path) =>
        Assert.Throws<UnsafePathException>(() => SafeDirectory.Open(_root, path, create: true));

    [Fact]
    public void Goes_through_no_link_even_to_a_place_below_the_root()
    {
        Directory.CreateDirectory(Path.Combine(_root, "real/sub"));
        File.CreateSymbolicLink(Path.Combine(_root, "link"), "real");

        Assert.Throws<UnsafePathException>(() => SafeDirectory.Open(_root, "link", create: true));
        Assert.Throws<UnsafePathException>(() => SafeDirectory.Open(_root, "link/sub", create: false));
        File.WriteAllText(Path.Combine(_root, "file"), "");
        Assert.Throws<FileAccessException>(() => SafeDirectory.Open(_root, "file/x", create: true));
    }

    [Fact]
    public void Stays_with_the_directory_it_opened_when_a_link_takes_its_name()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux holds directories open");
        Directory.CreateDirectory(Path.Combine(_root, "data"));
        string victim = Path.Combine(_root, "victim");
        Directory.CreateDirectory(victim);
        File.WriteAllText(Path.Combine(victim, "f"), "precious");
        using SafeDirectory directory = SafeDirectory.Open(_root, "data", create: false);
        Directory.Move(Path.Combine(_root, "data"), Path.Combine(_root, "moved"));
        File.CreateSymbolicLink(Path.Combine(_root, "data"), victim);

        directory.DeleteFile("f");
        directory.SymlinkInto("elsewhere", "l");

        Assert.Equal("precious", File.ReadAllText(Path.Combine(victim, "f")));
        Assert.Equal("elsewhere", new FileInfo(Path.Combine(_root, "moved", "l")).LinkTarget);
    }

    [Fact]
    public void Deletes_links_and_empty_folders_only()
    {
        Directory.CreateDirectory(Path.Combine(_root, "full/sub"));
        Directory.CreateDirectory(Path.Combine(_root, "empty"));
        File.CreateSymbolicLink(Path.Combine(_root, "link"), "full");
        using SafeDirectory directory = SafeDirectory.Open(_root, "", create: false);

        Assert.False(directory.DeleteEmptyDirectory("full"));
        Assert.True(directory.DeleteEmptyDirectory("empty"));
        Assert.False(directory.DeleteEmptyDirectory("none"));
        directory.DeleteFile("link");
        directory.DeleteFile("none");
        Assert.Throws<FileAccessException>(() => directory.DeleteFile("full"));
        Assert.True(Directory.Exists(Path.Combine(_root, "full/sub")));
    }

    [Fact]
    public void Moving_one_name_of_a_file_over_another_keeps_both()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "hard links by name need Linux");
        string file = Path.Combine(_root, "f");
        File.WriteAllText(file, "x");
        using SafeDirectory directory = SafeDirectory.Open(_root, "", create: false);
        Assert.Equal(LinkOutcome.Created, directory.LinkInto(file, "t"));
        Assert.Equal(LinkOutcome.Exists, directory.LinkInto(file, "t"));

        directory.MoveInto(Path.Combine(_root, "t"), "f");

        Assert.Equal(["f", "t"], Directory.GetFiles(_root).Select(Path.GetFileName).Order());
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
