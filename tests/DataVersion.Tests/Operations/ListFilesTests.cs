using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Operations;

/// <summary>Listing what a version tracks, from a workspace that has none of it.</summary>
public sealed class ListFilesTests : IDisposable
{
    private readonly VersionScene _scene = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task Pointers_are_listed_without_asking_anybody()
    {
        await CreateAsync();

        Assert.Equal(["Directory data 53", "File more/model.bin 5"], await _scene.ListAsync());
        Assert.Equal(["File more/model.bin 5"], await _scene.ListAsync(null, "more"));
        Assert.Equal(["File more/model.bin 5"], await _scene.ListAsync(null, "more/model.bin.dv"));
        Assert.Empty(ReadsThere());
    }

    [Fact]
    public async Task A_folder_shows_its_entries_and_only_the_trees_on_the_way_are_read()
    {
        await CreateAsync();

        Assert.Equal(["Directory data/empty 0", "Link data/link 7", "Directory data/sub 34", "File data/zero 0", "File data/ü \n 12"], await _scene.ListAsync(null, "data"));
        Assert.Equal(["Directory data/sub/a 20", "Directory data/sub/b 14"], await _scene.ListAsync(null, "data/sub"));
        Assert.Equal(["Link data/link 7"], await _scene.ListAsync(null, "data/link"));
        Assert.Equal(["Executable data/sub/b/run.sh 7", "File data/sub/b/x 7"], (await _scene.ListAsync(null, "data/sub/b")).Order(StringComparer.Ordinal));

        // The root, sub and b; no contents.
        Assert.Equal(3, ReadsThere().Count);
        Assert.DoesNotContain(ReadsThere(), r => r.Contains("/objects/", StringComparison.Ordinal));
        Assert.Equal((3, 0), (_scene.CachedObjects(ObjectKind.Tree), _scene.CachedObjects(ObjectKind.Content)));
    }

    [Fact]
    public async Task All_files_below_come_in_order_and_trees_once()
    {
        await CreateAsync();

        List<string> all = await _scene.ListAsync(VersionScene.Recursive);

        Assert.Equal(
            ["Link data/link 7", "File data/sub/a/1 10", "File data/sub/a/2 10", "Executable data/sub/b/run.sh 7", "File data/sub/b/x 7", "File data/zero 0", "File data/ü \n 12", "File more/model.bin 5"],
            all);
        Assert.Equal(5, ReadsThere().Count);
        Assert.Equal(all, await _scene.ListAsync(VersionScene.Recursive));
        Assert.Equal(["File data/sub/a/1 10", "File data/sub/a/2 10"], await _scene.ListAsync(VersionScene.Recursive, "data/sub/a"));
        // What one of the paths covers is listed once.
        Assert.Equal(all.Take(7), await _scene.ListAsync(VersionScene.Recursive, "data/sub/a", "data", "data/sub/a/1"));
        Assert.Equal(5, ReadsThere().Count);
    }

    [Fact]
    public async Task Parts_are_those_of_a_pull()
    {
        for (int i = 0; i < 60; i++)
            _scene.Write($"data/{i % 4}/{i}.txt", new string('x', i * i % 97));
        _scene.Write("model.bin", "a model");
        await _scene.PushAsync("data", "model.bin");
        var parts = new List<List<string>>();
        for (int i = 0; i < 3; i++)
        {
            await using FileListing listing = await _scene.OpenListingAsync(new ListRequest { Paths = [], WorkingDirectory = "", Shard = new Shard(i, 3) });
            var part = new List<string>();
            await foreach (ListedFile file in listing.ReadAsync(Token))
                part.Add(file.Path);
            Assert.Equal((part.Count, 61), ((int)listing.Shard!.Files, (int)listing.Shard.AllFiles));
            parts.Add(part);
        }

        Assert.Equal(61, parts.SelectMany(p => p).Distinct().Count());
        Assert.Equal(61, parts.Sum(p => p.Count));
        PullResult pull = await new Pull(_scene.There, SilentMonitor.Instance).RunAsync(VersionScene.Request(_scene.There) with { Shard = new Shard(1, 3) }, Token);
        Assert.Empty(pull.Checkout.Refused);
        IEnumerable<string> placed = Directory.EnumerateFiles(_scene.There.Layout.Root, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(_scene.There.Layout.Root, f)).Where(f => f.EndsWith(".txt", StringComparison.Ordinal) || f.EndsWith(".bin", StringComparison.Ordinal));
        Assert.Equal(placed.Order(StringComparer.Ordinal), parts[1].Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Targets_of_links_are_read_where_asked_for_and_a_lost_one_is_told()
    {
        _scene.Write("data/a", "a");
        _scene.Write("data/b", "b");
        foreach (int i in Enumerable.Range(0, 300))
            _scene.Link($"data/links/{i:000}", i % 2 == 0 ? "../a" : "../b");
        await _scene.PushAsync("data");
        ListRequest targets = VersionScene.Recursive with { ReadTargets = true };

        List<string> all = await _scene.ListAsync(targets);

        Assert.Equal((302, 150, 150), (all.Count, all.Count(l => l.EndsWith(" -> ../a", StringComparison.Ordinal)), all.Count(l => l.EndsWith(" -> ../b", StringComparison.Ordinal))));
        string lost = ObjectLayout.NameOf(CacheSandbox.KeyOf("../a"u8.ToArray()));
        await _scene.Store.DeleteAsync(lost, null, Token);
        File.Delete(_scene.There.Cache.PathOf(CacheSandbox.KeyOf("../a"u8.ToArray())));
        await using FileListing listing = await _scene.OpenListingAsync(targets);
        int without = 0;
        await foreach (ListedFile file in listing.ReadAsync(Token))
            without += file.Entry.Kind == TreeEntryKind.Link && file.Target is null ? 1 : 0;
        Assert.Equal((150, 150), (without, listing.Failed.Count));
        Assert.All(listing.Failed, f => Assert.Equal(ErrorKind.Missing, f.Kind));
    }

    [Theory]
    [InlineData(true, ErrorKind.Missing)]
    [InlineData(false, ErrorKind.Corrupt)]
    public async Task A_tree_that_is_not_there_or_not_right_is_an_error(bool missing, ErrorKind kind)
    {
        await CreateAsync();
        string name = ReadsOf(await TreeOfAsync("data/sub"));
        if (missing)
            await _scene.Store.DeleteAsync(name, null, Token);
        else
            _scene.Faults.On(Verb.Read, new Fault.FlipsByte(15), name, times: 2);

        var error = await Assert.ThrowsAnyAsync<DataVersionException>(() => _scene.ListAsync(VersionScene.Recursive));

        Assert.Equal(kind, error.Kind);
        Assert.Equal(5, (await _scene.ListAsync(null, "data")).Count);
    }

    [Fact]
    public async Task What_is_not_there_is_named()
    {
        await CreateAsync();

        Assert.Equal("'nope' is not tracked by dv", (await Assert.ThrowsAsync<UsageException>(() => _scene.ListAsync(null, "nope"))).Message);
        Assert.Equal("'data' holds no 'sub/nope'", (await Assert.ThrowsAsync<UsageException>(() => _scene.ListAsync(null, "data/sub/nope"))).Message);
        Assert.Equal("'data' holds no 'sub/nope'", (await Assert.ThrowsAsync<UsageException>(() => _scene.ListAsync(VersionScene.Recursive, "data/sub/nope"))).Message);
        await Assert.ThrowsAsync<UsageException>(() => _scene.ListAsync(new ListRequest { Paths = [], WorkingDirectory = "", Revision = "HEAD" }));
        await Assert.ThrowsAsync<UsageException>(() => _scene.ListAsync(new ListRequest { Paths = [], WorkingDirectory = "", Remote = "nope" }));
    }

    private async Task CreateAsync()
    {
        _scene.Write("data/sub/a/1", "contents 1");
        _scene.Write("data/sub/a/2", "contents 2");
        _scene.Write("data/sub/b/x", "sevenxx");
        _scene.Write("data/sub/b/run.sh", "#!run\n\n");
        CacheSandbox.SetMode(Path.Combine(_scene.Here.Layout.Root, "data/sub/b/run.sh"), (UnixFileMode)0b111_101_101);
        _scene.Write("data/ü \n", "name\\of it 1");
        _scene.Write("data/zero", "");
        _scene.Link("data/link", "sub/a/1");
        Directory.CreateDirectory(Path.Combine(_scene.Here.Layout.Root, "data/empty"));
        _scene.Write("more/model.bin", "model");
        await _scene.PushAsync("data", "more/model.bin");
        _reads = _scene.Store.Reads.Count;
    }

    private int _reads;

    // Without the document that says what the remote is.
    private List<string> ReadsThere() => [.. _scene.Store.Reads.Skip(_reads).Select(r => r.Name).Where(n => n != ObjectLayout.StoreDocument)];

    private async Task<ObjectId> TreeOfAsync(string path)
    {
        await using FileListing listing = await _scene.OpenListingAsync(null, Path.GetDirectoryName(path)!);
        await foreach (ListedFile file in listing.ReadAsync(Token))
        {
            if (file.Path == path)
                return file.Entry.Id;
        }
        throw new InvalidOperationException($"there is no '{path}'");
    }

    private static string ReadsOf(ObjectId tree) => ObjectLayout.NameOf(ObjectKey.Tree(tree));
}
