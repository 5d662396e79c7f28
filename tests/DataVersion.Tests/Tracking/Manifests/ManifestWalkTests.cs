using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Tests.Objects;
using DataVersion.Tracking.Manifests;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Tracking.Manifests;

public sealed class ManifestWalkTests
{
    private readonly Dictionary<ObjectId, byte[]> _trees = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_come_folder_by_folder_with_what_they_are()
    {
        WrittenTree deep = await WriteAsync(File("z", 4));
        WrittenTree folder = await WriteAsync(Folder("deep", deep), File("run.sh", 2) with { Kind = TreeEntryKind.Executable });
        WrittenTree empty = await WriteAsync();
        WrittenTree root = await WriteAsync(Folder("a", folder), File("a-b", 1), Folder("none", empty), File("latest", 3) with { Kind = TreeEntryKind.Link });

        List<ManifestEntry> entries = await ListAsync("data/set", Pointer(root));

        Assert.Equal(
            [
                new ManifestItem("data/set", root.Id, 10),
                new ManifestFile("data/set/a/deep/z", TreeTexts.X, 4),
                new ManifestFile("data/set/a/run.sh", TreeTexts.X, 2) { Executable = true },
                new ManifestFile("data/set/a-b", TreeTexts.X, 1),
                new ManifestFile("data/set/latest", TreeTexts.X, 3) { Link = true },
            ],
            entries);
        using var stream = new MemoryStream();
        Assert.True((await DataManifest.WriteAsync(stream, entries.ToAsyncEnumerable(), Token)).Length > 0);
    }

    [Fact]
    public async Task A_tracked_file_is_its_own_only_file()
    {
        var pointer = new Pointer { IsDirectory = false, Hash = TreeTexts.X, Size = 7, Executable = true };
        Assert.Equal(
            [new ManifestItem("m.bin", TreeTexts.X, 7), new ManifestFile("m.bin", TreeTexts.X, 7) { Executable = true }],
            await ListAsync("m.bin", pointer));
    }

    [Fact]
    public async Task A_folder_in_parts_is_one_list()
    {
        WrittenTree root = await WriteAsync([.. TreeTexts.Files(Enumerable.Range(0, 6000).Select(TreeTexts.Numbered))]);
        List<ManifestEntry> entries = await ListAsync("d", Pointer(root));
        Assert.Equal(6001, entries.Count);
        Assert.Equal("d/file-05999", entries[^1].Path);
    }

    [Fact]
    public async Task A_tree_that_is_not_what_the_pointer_declares_is_refused()
    {
        WrittenTree root = await WriteAsync(File("a", 1));
        await Assert.ThrowsAsync<InvalidFormatException>(() => ListAsync("d", Pointer(root) with { Size = 2 }));
    }

    private static TreeEntry File(string name, long size) => TreeTexts.OneFile(name, size);

    private static TreeEntry Folder(string name, WrittenTree tree) =>
        new() { Kind = TreeEntryKind.Directory, Name = name, Id = tree.Id, Size = tree.Size, Files = tree.Files };

    private static Pointer Pointer(WrittenTree tree) => new() { IsDirectory = true, Hash = tree.Id, Size = tree.Size, Files = tree.Files };

    private async Task<List<ManifestEntry>> ListAsync(string path, Pointer pointer)
    {
        var trees = new TreeReader((id, _) => Task.FromResult(_trees[id]));
        return await ManifestWalk.ListAsync(trees, path, pointer, Token).ToListAsync(Token);
    }

    private Task<WrittenTree> WriteAsync(params TreeEntry[] entries) =>
        new TreeWriter(HashKind.Sha256, (key, bytes, _) =>
        {
            _trees[key.Id] = bytes.ToArray();
            return Task.CompletedTask;
        }).WriteAsync(TreeTexts.Sorted(entries), Token);
}
