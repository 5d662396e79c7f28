using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PackedContentsTests() : PackedContentsContract(zstd: false);

public sealed class CompressedContentsTests() : PackedContentsContract(zstd: true);

/// <summary>What comes out of a packed remote.</summary>
public abstract class PackedContentsContract(bool zstd) : IDisposable
{
    private const int Mebi = 1024 * 1024;

    private readonly PackedBox _box = new(zstd, TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _files = PackedBox.Files();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _box.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(HashKind.Sha256)]
    [InlineData(HashKind.Xxh128)]
    [InlineData(HashKind.Md5)]
    public async Task All_kinds_and_sizes_of_entries_come_back(HashKind kind)
    {
        RootKey root = await AddAsync(kind, async (batch, entries) =>
        {
            await FileAsync("empty", [], TreeEntryKind.File);
            await FileAsync("one", [7], TreeEntryKind.File);
            await FileAsync("run.sh", TransferSandbox.Text("#!/bin/sh\nexit 0\n"), TreeEntryKind.Executable);
            await FileAsync("latest", TransferSandbox.Text("one"), TreeEntryKind.Link);
            foreach (int size in (int[])[Mebi - 1, Mebi, Mebi + 1, (3 * Mebi) + 5])
            {
                await FileAsync($"zeros-{size}", new byte[size], TreeEntryKind.File);
                await FileAsync($"noise-{size}", TestBytes(size), TreeEntryKind.File);
            }
            WrittenTree nothing = await new TreeWriter(kind, batch.PutAsync).WriteAsync([], Token);
            entries.Add(new TreeEntry { Kind = TreeEntryKind.Directory, Name = "unused", Id = nothing.Id, Size = 0, Files = 0 });

            async Task FileAsync(string name, byte[] bytes, TreeEntryKind entry)
            {
                ObjectId id = IdentityHash.Of(kind, bytes);
                await batch.PutAsync(ObjectKey.Content(id), bytes, Token);
                entries.Add(new TreeEntry { Kind = entry, Name = name, Id = id, Size = bytes.Length });
            }
        });

        await _box.PushAsync([root]);
        (TransferResult result, CacheSandbox cache) = await _box.FetchFreshAsync(root);

        Assert.Empty(result.Failed);
        await AssertSameAsync(cache);
        // What is larger than a packed object may be lies alone, compressed where that pays.
        List<string> alone = await _box.NamesAsync("dvstore/v1/objects/");
        Assert.Equal(4, alone.Count);
        Assert.Equal(zstd ? 2 : 0, alone.Count(n => n.EndsWith(".zst", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_listing_that_fills_several_packs_comes_back()
    {
        const int Count = 30_000;
        ObjectId id = IdentityHash.Of(HashKind.Sha256, "x"u8);
        RootKey root = await AddAsync(HashKind.Sha256, async (batch, entries) =>
        {
            await batch.PutAsync(ObjectKey.Content(id), "x"u8.ToArray(), Token);
            for (int i = 0; i < Count; i++)
                entries.Add(new TreeEntry { Kind = TreeEntryKind.File, Name = $"file-{i:d6}", Id = id, Size = 1 });
        });

        await _box.PushAsync([root]);
        _box.Blobs.ForgetCalls();
        (TransferResult result, CacheSandbox cache) = await _box.FetchFreshAsync(root);

        Assert.Empty(result.Failed);
        Assert.Equal(Count, root.Files);
        await AssertSameAsync(cache);
        int packs = (await _box.NamesAsync(PackedBox.PackNames)).Count;
        Assert.True(packs > 2);
        // Each pack of trees is read as a whole, once.
        Assert.Equal(packs, _box.Blobs.Calls.Count(c => c.Verb == Verb.Read && c.Name.StartsWith(PackedBox.PackNames, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("part2", 8, 3)]
    [InlineData("part2/sub/7.txt", 1, 3)]
    public async Task A_path_inside_is_fetched_alone(string inside, int contents, int trees)
    {
        RootKey root = await _box.PushedAsync(_files);
        CacheSandbox cache = _box.Fresh();

        TransferResult result = await _box.FetchAsync(cache, new WantedRoot(root, inside));

        Assert.Empty(result.Failed);
        Assert.Equal(contents + trees, result.Objects);
        Assert.Equal(contents, _files.Count(f => cache.Cache.Contains(PackedBox.KeyOf(f.Value))));
    }

    [Fact]
    public async Task A_part_of_the_files_is_fetched_alone_with_all_trees()
    {
        RootKey root = await _box.PushedAsync(_files);
        var transfer = new ObjectTransfer(_box.Sandbox.There.Cache, await _box.Sandbox.OpenAsync(create: false), new TransferOptions { Jobs = 4 }, SilentMonitor.Instance);

        TransferResult result = await transfer.FetchAsync([new WantedRoot(root, "")], path => path.EndsWith("3.txt", StringComparison.Ordinal), Token);

        Assert.Empty(result.Failed);
        Assert.Equal(
            _files.Keys.Where(p => p.EndsWith("3.txt", StringComparison.Ordinal)),
            _files.Where(f => _box.Sandbox.There.Cache.Contains(PackedBox.KeyOf(f.Value))).Select(f => f.Key));
        Assert.Equal(4 + 11, result.Objects);
    }

    [Fact]
    public async Task Copies_of_what_a_remote_says_of_its_packs_spare_reading_it_and_are_not_believed()
    {
        using var folder = new DataVersion.Testing.TempFolder();
        using var box = new PackedBox(zstd, Token, folder.Path);
        RootKey root = await box.PushedAsync(_files);
        box.Blobs.ForgetCalls();
        await box.AssertFetchableAsync(root, _files);
        Assert.DoesNotContain(box.Blobs.Calls, c => c.Name.StartsWith(PackedBox.IndexNames, StringComparison.Ordinal));

        string[] copies = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories);
        Assert.Equal(2, copies.Length);
        await File.WriteAllTextAsync(copies[0], "garbage", Token);
        File.Delete(copies[1]);
        await box.AssertFetchableAsync(root, _files);

        Assert.Equal(2, box.Blobs.Calls.Count(c => c.Verb == Verb.Read && c.Name.StartsWith(PackedBox.IndexNames, StringComparison.Ordinal)));
        Assert.NotEqual("garbage", await File.ReadAllTextAsync(copies[0], Token));
    }

    private static byte[] TestBytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    private async Task<RootKey> AddAsync(HashKind kind, Func<CacheBatch, List<TreeEntry>, Task> fill)
    {
        await using CacheBatch batch = _box.Sandbox.Here.Cache.BeginBatch(Token);
        var entries = new List<TreeEntry>();
        await fill(batch, entries);
        entries.Sort((a, b) => Utf8NameComparer.Instance.Compare(a.Name, b.Name));
        WrittenTree tree = await new TreeWriter(kind, batch.PutAsync).WriteAsync(entries, Token);
        await batch.CommitAsync(Token);
        return new RootKey(ObjectKey.Tree(tree.Id), null, tree.Size, tree.Files, "data");
    }

    /// <summary>A cache has what this one has, each object with the right bytes.</summary>
    private async Task AssertSameAsync(CacheSandbox cache)
    {
        LocalCache copy = cache.OpenAsStranger();
        List<ObjectKey> keys = [.. _box.Sandbox.Here.Cache.List()];
        Assert.Equal(keys.ToHashSet(), copy.List().ToHashSet());
        foreach (ObjectKey key in keys)
            Assert.True(await copy.VerifyAsync(key, Token), key.ToString());
    }
}
