using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PackedPartialTests() : PackedPartialContract(zstd: false);

public sealed class CompressedPartialTests() : PackedPartialContract(zstd: true);

/// <summary>Pushes from a cache that has a part of what it pushes.</summary>
public abstract class PackedPartialContract(bool zstd) : IDisposable
{
    private readonly PackedBox _box = new(zstd, TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _files = PackedBox.Files();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _box.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("condemned")]
    public async Task What_was_edited_in_a_part_goes_back_to_where_the_rest_is(string? collection)
    {
        (CacheSandbox part, RootKey root, RootKey edited) = await EditPartAsync();
        if (collection is not null)
            await _box.Blobs.PutAsync("dvstore/v1/collect/1", TransferSandbox.Text($$"""{"version":1,"state":"{{collection}}"}"""), cancellationToken: Token);

        TransferResult result = await PushAsync(part, _box.Blobs, [edited], [root]);

        Assert.Empty(result.Failed);
        Assert.Equal(4, result.Objects);
        await _box.AssertFetchableAsync(edited, Edited());
        await _box.AssertFetchableAsync(root, _files);
    }

    [Fact]
    public async Task Elsewhere_it_fails_and_says_what_is_missing()
    {
        (CacheSandbox part, RootKey root, RootKey edited) = await EditPartAsync();
        var elsewhere = new FaultyBlobStore(new MemoryBlobStore());

        TransferResult result = await PushAsync(part, elsewhere, [edited], [root]);

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal(("data", ErrorKind.Missing), (failed.Path, failed.Kind));
        Assert.Empty(await elsewhere.NamesAsync(PackedBox.ReceiptNames, Token));
        Assert.Empty(await elsewhere.NamesAsync(PackedBox.CatalogNames, Token));
    }

    [Fact]
    public async Task With_all_trees_each_missing_content_is_named()
    {
        (CacheSandbox part, RootKey root, RootKey edited) = await EditPartAsync();
        var transfer = new ObjectTransfer(part.Cache, await _box.Sandbox.OpenAsync(create: false), new TransferOptions { Jobs = 4 }, SilentMonitor.Instance);
        await transfer.FetchAsync([new WantedRoot(root, "")], _ => false, Token);
        var elsewhere = new FaultyBlobStore(new MemoryBlobStore());

        TransferResult result = await PushAsync(part, elsewhere, [edited], [root]);

        Assert.Equal(
            _files.Where(f => !f.Key.StartsWith("part2/", StringComparison.Ordinal)).Select(f => PackedBox.KeyOf(f.Value).Id.ToString()).Order(StringComparer.Ordinal),
            result.Failed.Select(f => f.Id).Order(StringComparer.Ordinal));
        Assert.All(result.Failed, f => Assert.Equal(ErrorKind.Missing, f.Kind));
        Assert.Empty(await elsewhere.NamesAsync(PackedBox.ReceiptNames, Token));
    }

    private Dictionary<string, string> Edited() => new(_files) { ["part2/sub/7.txt"] = "edited" };

    /// <summary>A cache that fetched one folder, and in which a file of that folder was edited.</summary>
    private async Task<(CacheSandbox Part, RootKey Root, RootKey Edited)> EditPartAsync()
    {
        RootKey root = await _box.PushedAsync(_files);
        CacheSandbox part = _box.Fresh();
        Assert.Empty((await _box.FetchAsync(part, new WantedRoot(root, "part2"))).Failed);
        // Made elsewhere, of which the cache gets what an edit of the folder would make.
        RootKey edited = await _box.Sandbox.AddAsync("data", Edited());
        var trees = new TreeReader((id, token) => _box.Sandbox.Here.Cache.ReadSmallAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, token));
        TreeEntry folder = (await trees.FindAsync(edited.Key.Id, "part2", Token))!, sub = (await trees.FindAsync(edited.Key.Id, "part2/sub", Token))!;
        await using (var batch = part.Cache.BeginBatch(Token))
        {
            foreach (ObjectKey key in (ObjectKey[])[edited.Key, ObjectKey.Tree(folder.Id), ObjectKey.Tree(sub.Id), PackedBox.KeyOf("edited")])
                await batch.PutAsync(key, await _box.Sandbox.Here.Cache.ReadSmallAsync(key, TreeLimits.MaxTreeBytes, Token), Token);
            await batch.CommitAsync(Token);
        }
        return (part, root, edited);
    }

    private async Task<TransferResult> PushAsync(CacheSandbox cache, IBlobStore blobs, IReadOnlyList<RootKey> roots, IReadOnlyList<RootKey> earlier)
    {
        var options = new ObjectStoreOptions { Create = true, NewId = () => "elsewhere", Format = new StoreFormat(true, zstd) };
        ObjectStore store = await ObjectStore.OpenAsync(blobs, "origin", options, Token);
        return await new ObjectTransfer(cache.Cache, store, new TransferOptions { Jobs = 4 }, SilentMonitor.Instance).PushAsync(roots, earlier, Token);
    }
}
