using DataVersion.Platform;
using DataVersion.Testing.Platform;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class NameCollisionsTests : IDisposable
{
    private const string Composed = "caf\u00e9", Decomposed = "cafe\u0301";

    private readonly string _directory = Directory.CreateTempSubdirectory("dv-test-names-").FullName;

    [Fact]
    public void Finds_none_where_the_file_system_tells_all_names_apart()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(16);

        Assert.Null(new NameCollisions(disk.Root, disk.Root, "data").Find([Composed, Decomposed, "a", "A"]));

        Assert.Equal(["lost+found"], Directory.GetFileSystemEntries(disk.Root).Select(Path.GetFileName));
    }

    [Fact]
    public void Asks_the_file_system_that_the_data_lie_on_and_leaves_nothing_there()
    {
        using ZfsFileSystem disk = ZfsFileSystem.Mount("normalization=formC");
        Directory.CreateDirectory(Path.Combine(disk.Root, "data"));

        // The state is on another disk, which tells them apart.
        Assert.Equal(Decomposed, new NameCollisions(_directory, disk.Root, "data/below").Find(["a", Composed, "b", Decomposed]));
        Assert.Null(new NameCollisions(_directory, disk.Root, "data").Find(["a", "A", Composed]));

        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(disk.Root, "data")));
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void Writes_nothing_through_a_link()
    {
        using MemoryDisk other = MemoryDisk.Mount();
        Directory.CreateSymbolicLink(Path.Combine(_directory, "data"), other.Root);
        DateTime before = Directory.GetLastWriteTimeUtc(other.Root);

        Assert.Null(new NameCollisions(_directory, _directory, "data/names").Find([Composed, Decomposed]));

        Assert.Equal(before, Directory.GetLastWriteTimeUtc(other.Root));
    }

    [Fact]
    public void Dotnet_does_not_normalise_here_which_is_why_the_file_system_is_asked()
    {
        Assert.Equal(Composed, Composed.Normalize(System.Text.NormalizationForm.FormD));
        Assert.False(FileSystems.Normalises(_directory));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
