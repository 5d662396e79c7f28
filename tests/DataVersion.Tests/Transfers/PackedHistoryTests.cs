using System.Text;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PackedHistoryTests() : PackedHistoryContract(zstd: false);

public sealed class CompressedHistoryTests() : PackedHistoryContract(zstd: true);

/// <summary>Versions, parts and kinds of datasets on a packed remote.</summary>
public abstract class PackedHistoryContract(bool zstd) : IDisposable
{
    private readonly PackedBox _box = new(zstd, TestContext.Current.CancellationToken);
    private readonly PackedBox _empty = new(zstd, TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _files = PackedBox.Files();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _box.Dispose();
        _empty.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A cache with a part of a pushed folder, in which one file of that part was edited.</summary>
    private async Task<(RootKey First, RootKey Second, Dictionary<string, string> Edited, CacheSandbox Part)> EditPartAsync()
    {
        RootKey first = await _box.PushedAsync(_files);
        CacheSandbox part = _box.Fresh();
        Assert.Empty((await _box.FetchAsync(part, new WantedRoot(first, "part3"))).Failed);
        Dictionary<string, string> edited = new(_files) { ["part3/sub/8.txt"] = "edited", ["part3/new.txt"] = "new" };
        // As an edit does: trees and what is new; what was there is named, and is not here.
        RootKey second = await _box.Sandbox.AddAsync(part.Cache, "data", edited);
        foreach (string path in _files.Keys.Where(p => !p.StartsWith("part3/", StringComparison.Ordinal)))
            File.Delete(part.Cache.PathOf(PackedBox.KeyOf(_files[path])));
        return (first, second, edited, part);
    }

    private static async Task<TransferResult> PushAsync(CacheSandbox from, PackedBox to, IReadOnlyList<RootKey> roots, IReadOnlyList<RootKey> earlier) =>
        await new ObjectTransfer(from.Cache, await to.Sandbox.OpenAsync(create: true), new TransferOptions { Jobs = 4 }, SilentMonitor.Instance).PushAsync(roots, earlier, Token);

    [Fact]
    public async Task An_edit_of_a_part_goes_back_to_where_the_rest_is()
    {
        (RootKey first, RootKey second, Dictionary<string, string> edited, CacheSandbox part) = await EditPartAsync();

        TransferResult result = await PushAsync(part, _box, [second], [first]);

        Assert.Empty(result.Failed);
        // Two files, and the folders above them.
        Assert.Equal(2 + 3, result.Objects);
        await _box.AssertFetchableAsync(second, edited);
        await _box.AssertFetchableAsync(first, _files);
    }

    [Fact]
    public async Task An_edit_of_a_part_goes_back_also_when_the_tree_of_the_version_before_is_not_here()
    {
        (RootKey first, RootKey second, Dictionary<string, string> edited, CacheSandbox part) = await EditPartAsync();
        File.Delete(part.Cache.PathOf(first.Key));

        TransferResult result = await PushAsync(part, _box, [second], [first]);

        Assert.Empty(result.Failed);
        await _box.AssertFetchableAsync(second, edited);
    }

    [Fact]
    public async Task A_part_is_not_enough_for_a_remote_that_has_nothing()
    {
        (RootKey first, RootKey second, _, CacheSandbox part) = await EditPartAsync();

        TransferResult result = await PushAsync(part, _empty, [second], [first]);

        string[] missing = [.. _files.Where(f => !f.Key.StartsWith("part3/", StringComparison.Ordinal)).Select(f => PackedBox.KeyOf(f.Value).Id.ToString())];
        Assert.Equal(missing.Order(StringComparer.Ordinal), result.Failed.Select(f => f.Id).Order(StringComparer.Ordinal));
        Assert.All(result.Failed, f => Assert.Equal(("data", ErrorKind.Missing), (f.Path, f.Kind)));
        Assert.Empty(await _empty.NamesAsync(PackedBox.CatalogNames));
        Assert.Empty(await _empty.NamesAsync(PackedBox.ReceiptNames));
        // Whoever has the rest completes it.
        RootKey whole = await _box.Sandbox.AddAsync("data", new Dictionary<string, string>(_files) { ["part3/sub/8.txt"] = "edited", ["part3/new.txt"] = "new" });
        Assert.Equal(second.Key, whole.Key);
        Assert.Empty((await PushAsync(_box.Sandbox.Here, _empty, [whole], [])).Failed);
        Assert.Empty((await _empty.FetchFreshAsync(whole)).Result.Failed);
    }

    [Fact]
    public async Task Roots_that_share_folders_are_each_whole_in_whatever_order_they_are_pushed()
    {
        Dictionary<string, string> others = _files.Where(f => !f.Key.StartsWith("part1/", StringComparison.Ordinal)).ToDictionary(f => $"inside/{f.Key}", f => f.Value);
        RootKey first = await _box.Sandbox.AddAsync("data", _files);
        RootKey second = await _box.Sandbox.AddAsync("other", others);

        TransferResult result = await _box.PushAsync([second, first]);

        Assert.Equal(40 + 8 + 2 + 1 + 2, result.Objects);
        await _box.AssertFetchableAsync(first, _files);
        await _box.AssertFetchableAsync(second, others);
        Assert.Equal(0, (await _box.PushAsync([first, second], deep: true)).Objects);
    }

    [Fact]
    public async Task A_history_of_edits_moves_and_removals_in_one_push_and_then_more()
    {
        List<(RootKey Root, Dictionary<string, string> Files)> versions = [];
        async Task AddAsync(Dictionary<string, string> files) => versions.Add((await _box.Sandbox.AddAsync("data", files), files));
        await AddAsync(_files);
        await AddAsync(_files.Where(f => !f.Key.StartsWith("part1/", StringComparison.Ordinal)).ToDictionary());
        await AddAsync(_files.ToDictionary(f => $"moved/{f.Key}", f => f.Value));
        await AddAsync(new(_files) { ["part2/sub/2.txt"] = "x", ["empty"] = "" });
        await AddAsync(_files);
        await _box.PushAsync([.. versions.Select(v => v.Root).Distinct()]);
        await AddAsync(new(_files) { ["part4/sub/4.txt"] = "later" });
        await _box.PushAsync([versions[^1].Root], [versions[3].Root]);

        foreach ((RootKey root, Dictionary<string, string> files) in versions)
            await _box.AssertFetchableAsync(root, files);
    }

    [Theory]
    [InlineData(HashKind.Md5)]
    [InlineData(HashKind.Xxh128)]
    [InlineData(HashKind.Sha256)]
    public async Task Ids_of_each_algorithm_lie_in_packs(HashKind kind)
    {
        byte[] a = Encoding.UTF8.GetBytes(PackedBox.TextOf(1)), b = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("large ", 300_000)));
        ObjectKey keyOfA = ObjectKey.Content(IdentityHash.Of(kind, a)), keyOfB = ObjectKey.Content(IdentityHash.Of(kind, b));
        WrittenTree tree;
        await using (CacheBatch batch = _box.Sandbox.Here.Cache.BeginBatch(Token))
        {
            await batch.PutAsync(keyOfA, a, Token);
            await batch.PutAsync(keyOfB, b, Token);
            tree = await new TreeWriter(kind, batch.PutAsync).WriteAsync(
                [new() { Kind = TreeEntryKind.File, Name = "a", Id = keyOfA.Id, Size = a.Length }, new() { Kind = TreeEntryKind.File, Name = "b", Id = keyOfB.Id, Size = b.Length }], Token);
            await batch.CommitAsync(Token);
        }
        var root = new RootKey(ObjectKey.Tree(tree.Id), null, tree.Size, tree.Files, "data");
        await _box.PushAsync([root]);
        (TransferResult result, CacheSandbox cache) = await _box.FetchFreshAsync(root);

        Assert.Equal((3, 0), (result.Objects, result.Failed.Count));
        Assert.Equal(kind, (await _box.LocateAsync(keyOfA)).Entry.Key.Id.Kind);
        await _box.LocateAsync(root.Key);
        Assert.True(await cache.Cache.VerifyAsync(keyOfA, Token));
        Assert.True(await cache.Cache.VerifyAsync(keyOfB, Token));
        Assert.Equal(0, (await _box.PushAsync([root], deep: true)).Objects);
        // And where its bytes are others, each algorithm tells.
        (string pack, var entry) = await _box.LocateAsync(keyOfA);
        await _box.ChangeAsync(pack, bytes =>
        {
            bytes[entry.Offset + entry.Stored - 1] ^= 0x10;
            return bytes;
        });
        Assert.Equal(keyOfA.Id.ToString(), Assert.Single((await _box.FetchFreshAsync(root)).Result.Failed).Id);
    }

    [Fact]
    public async Task Trees_of_more_than_one_pack_come_back_whole()
    {
        Dictionary<string, string> files = Enumerable.Range(0, 26_000).ToDictionary(i => $"folder{i % 6}/{i:D6}", i => PackedBox.TextOf(i % 5));
        RootKey root = await _box.PushedAsync(files);
        List<string> packs = await _box.NamesAsync(PackedBox.PackNames);
        _box.Blobs.ForgetCalls();

        await _box.AssertFetchableAsync(root, files);

        Assert.InRange(packs.Count, 3, 9);
        Assert.Equal(packs, _box.Blobs.Calls.Where(c => c.Verb == Verb.Read && c.Name.StartsWith(PackedBox.PackNames, StringComparison.Ordinal)).Select(c => c.Name).Order(StringComparer.Ordinal));
        // One edit in it costs what is above it.
        Dictionary<string, string> edited = new(files) { ["folder3/000003"] = "edited" };
        RootKey second = await _box.Sandbox.AddAsync("data", edited);
        Assert.InRange((await _box.PushAsync([second], [root])).Objects, 4, 6);
        await _box.AssertFetchableAsync(second, edited);
    }

    [Fact]
    public async Task A_root_that_was_edited_often_is_read_with_few_indexes()
    {
        List<(RootKey Root, Dictionary<string, string> Files)> versions = [(await _box.PushedAsync(_files), _files)];
        for (int i = 0; i < 40; i++)
        {
            Dictionary<string, string> edited = new(versions[^1].Files) { ["part1/sub/1.txt"] = PackedBox.TextOf(i, "edit") };
            versions.Add((await _box.Sandbox.AddAsync("data", edited), edited));
            await _box.PushAsync([versions[^1].Root], [versions[^2].Root]);
        }

        foreach ((RootKey root, Dictionary<string, string> files) in (List<(RootKey, Dictionary<string, string>)>)[versions[0], versions[17], versions[^1]])
            await _box.AssertFetchableAsync(root, files);
        Assert.InRange((await _box.IndexesOfAsync(versions[^1].Root)).Count, 2, 2 * 16);
        Assert.Equal(0, (await _box.PushAsync([.. versions.Select(v => v.Root)], deep: true)).Objects);
    }

    [Fact]
    public async Task Where_an_index_is_gone_the_others_are_put_together_all_the_same()
    {
        RootKey last = await _box.PushedAsync(_files);
        Dictionary<string, string> files = _files;
        for (int i = 0; i < 20; i++)
        {
            if (i == 10)
                await _box.ChangeAsync((await _box.IndexesOfAsync(last)).First(x => !x.Trees).Name, _ => null);
            files = new(files) { [$"new/{i}"] = $"new {i}" };
            RootKey root = await _box.Sandbox.AddAsync("data", files);
            await _box.PushAsync([root], [last]);
            last = root;
        }

        Assert.NotEmpty((await _box.FetchFreshAsync(last)).Result.Failed);
        await _box.PushAsync([last], deep: true);
        await _box.AssertFetchableAsync(last, files);
    }

    [Fact]
    public async Task Of_versions_that_share_nothing_the_last_names_no_more_than_it_needs()
    {
        _box.Sandbox.PruneFrom = 10_000;
        RootKey? last = null;
        Dictionary<string, string> files = [];
        long most = 0;
        for (int version = 0; version < 20; version++)
        {
            files = Enumerable.Range(0, 50).ToDictionary(i => $"{i:D4}", i => $"{version} {i}");
            // One file is the same in all of them.
            files["same"] = "same";
            RootKey root = await _box.Sandbox.AddAsync("data", files);
            await _box.PushAsync([root], last is null ? [] : [last]);
            last = root;
            long named = 0;
            foreach ((_, string name) in await _box.IndexesOfAsync(root))
                named += (await _box.Blobs.StatAsync(name, Token))!.Size;
            most = Math.Max(most, named);
        }

        // Of 20 versions with some 4,500 bytes of listings each.
        Assert.InRange(most, 20_000, 10_000 + (51 * 720));
        await _box.AssertFetchableAsync(last!, files);
    }
}
