using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Testing;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class WorkspaceBaseTests : IDisposable
{
    private static readonly ObjectId Id = IdentityHash.Of(HashKind.Sha256, "x"u8);

    private readonly TempFolder _folder = new();

    private string BaseFile => _folder.At("base");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reads_back_what_it_writes()
    {
        var whole = new BaseEntry { Pointer = ObjectKey.Tree(Id), Placed = Entry("data") with { Kind = TreeEntryKind.Directory, Files = 3 } };
        var file = new BaseEntry { Pointer = ObjectKey.Content(Id), Placed = Entry("b") with { BlocksId = Id } };
        var nothing = new BaseEntry { Pointer = ObjectKey.Tree(Id), Placed = null };
        var memory = new WorkspaceBase(BaseFile);

        memory.Update(new Dictionary<string, BaseEntry?> { ["data"] = whole, ["a/b"] = file, ["c"] = nothing, ["gone"] = nothing });
        memory.Update(new Dictionary<string, BaseEntry?> { ["gone"] = null });

        Assert.Equal(new Dictionary<string, BaseEntry> { ["data"] = whole, ["a/b"] = file, ["c"] = nothing }, memory.Load());
        Assert.True(memory.Load()["data"].IsWhole);
    }

    [Fact]
    public void An_update_that_changes_nothing_leaves_the_file_alone()
    {
        var memory = new WorkspaceBase(BaseFile);
        var changes = new Dictionary<string, BaseEntry?> { ["a"] = new() { Pointer = ObjectKey.Content(Id), Placed = Entry("a") } };
        memory.Update(changes);
        DateTime time = DateTime.UnixEpoch.AddDays(1);
        File.SetLastWriteTimeUtc(BaseFile, time);

        memory.Update(changes);

        Assert.Equal(time, File.GetLastWriteTimeUtc(BaseFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"entries":[]}""")]
    [InlineData("""{"version":1}""")]
    [InlineData("""{"version":2,"entries":[]}""")]
    [InlineData("""{"version":"1","entries":[]}""")]
    [InlineData("""{"version":1,"entries":[{"path":"a","type":"file"}]}""")]
    [InlineData("""{"version":1,"entries":[{"path":null,"type":"file","hash":"sha256:00"}]}""")]
    [InlineData("""{"version":1,"entries":[{"path":"a","type":"file","hash":"sha256:00"}]}""")]
    [InlineData("""{"version":1,"entries":[{"path":"a","type":"file","hash":"xxh128:00000000000000000000000000000000","placed":1}]}""")]
    [InlineData("""{"version":1,"entries":[{"path":"a","type":"file","hash":"xxh128:00000000000000000000000000000000"},{"path":"a","type":"file","hash":"xxh128:00000000000000000000000000000000"}]}""")]
    public void Damage_is_said_and_never_guessed_over(string text)
    {
        File.WriteAllText(BaseFile, text);

        Assert.Contains("damaged", Assert.Throws<InvalidFormatException>(() => new WorkspaceBase(BaseFile).Load()).Message, StringComparison.Ordinal);
    }

    private static TreeEntry Entry(string name) => new() { Kind = TreeEntryKind.File, Name = name, Id = Id, Size = 5 };
}
