using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

/// <summary>A packed remote on which somebody may write who wishes nobody well.</summary>
public sealed class HostilePackTests : IDisposable
{
    private const string Wanted = "what is wanted";

    private readonly PackedBox _box = new(zstd: true, TestContext.Current.CancellationToken);

    private static string Id => PackedBox.KeyOf(Wanted).Id.ToString();

    private static ObjectKey Tree(string text) => ObjectKey.Tree(IdentityHash.Of(HashKind.Sha256, TransferSandbox.Text(text)));

    public void Dispose() => _box.Dispose();

    public static TheoryData<string, string, string> Listings => new()
    {
        { "bytes of another object", $"dv-pack 1\no 14 14 {Id}\nend 14\n", "something else" },
        { "a frame that is none", $"dv-pack 1\no 14 15 {Id}\nend 14\n", "something else" },
        { "a frame of a mebibyte in 14 bytes", $"dv-pack 1\no 14 1048576 {Id}\nend 14\n", "something else" },
        { "more than there is", $"dv-pack 1\no 1048576 1048576 {Id}\nend 1048576\n", Wanted },
        { "beyond the end", $"dv-pack 1\no 1000000 1000000 {PackedBox.KeyOf("z").Id}\no 14 14 {Id}\nend 1000014\n", Wanted },
        { "another size, the right bytes", $"dv-pack 1\no 15 15 {Id}\nend 15\n", Wanted + "!" },
        { "another size, too few bytes", $"dv-pack 1\no 13 13 {Id}\nend 13\n", Wanted[..13] },
        { "nothing at all", $"dv-pack 1\no 0 0 {Id}\nend 0\n", "" },
        { "as a tree", $"dv-pack 1\nt 14 14 {Id}\nend 14\n", Wanted },
        { "no objects", "dv-pack 1\nend 0\n", Wanted },
        { "a number beyond all bounds", $"dv-pack 1\no 9223372036854775807 9223372036854775807 {Id}\nend 9223372036854775807\n", Wanted },
        { "a number above what may be packed", $"dv-pack 1\no 1048577 1048577 {Id}\nend 1048577\n", Wanted },
        { "a wrong end", $"dv-pack 1\no 14 14 {Id}\nend 13\n", Wanted },
        { "a newer version", $"dv-pack 2\no 14 14 {Id}\nend 14\n", Wanted },
    };

    [Theory]
    [MemberData(nameof(Listings))]
    public async Task An_index_that_lies_fails_what_it_lies_about(string lie, string listing, string stored)
    {
        RootKey root = await _box.PushedAsync(new Dictionary<string, string> { ["a/wanted"] = Wanted });
        RootKey other = await _box.PushedAsync(PackedBox.Files(), "other");
        await _box.PlantAsync(root, listing, TransferSandbox.Text(stored));

        (TransferResult result, CacheSandbox cache) = await _box.FetchFreshAsync(root, other);

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal((Id, "data/a/wanted"), (failed.Id, failed.Path));
        Assert.True(failed.Kind is ErrorKind.Corrupt or ErrorKind.Missing, $"{lie}: {failed.Kind}: {failed.Error}");
        Assert.False(cache.Cache.Contains(PackedBox.KeyOf(Wanted)));
        Assert.Empty(cache.Leftovers());
        Assert.Equal(PackedBox.Files(), await _box.Sandbox.ReadAllAsync(cache.Cache, other));
    }

    [Fact]
    public async Task A_listing_that_lies_of_trees_fails_its_root_alone()
    {
        RootKey root = await _box.PushedAsync(new Dictionary<string, string> { ["a/wanted"] = Wanted });
        RootKey other = await _box.PushedAsync(PackedBox.Files(), "other");
        string empty = "dv-tree 1\n";
        Assert.NotEqual(root.Key, Tree(empty));
        await _box.PlantAsync(root, $"dv-pack 1\nt {empty.Length} {empty.Length} {root.Key.Id}\nend {empty.Length}\n", TransferSandbox.Text(empty), trees: true);

        (TransferResult result, CacheSandbox cache) = await _box.FetchFreshAsync(root, other);

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal(("data", ErrorKind.Corrupt), (failed.Path, failed.Kind));
        Assert.False(cache.Cache.Contains(root.Key));
        Assert.Equal(PackedBox.Files(), await _box.Sandbox.ReadAllAsync(cache.Cache, other));
    }

    [Fact]
    public async Task A_catalog_that_confuses_contents_and_trees_is_healed_by_a_deep_push()
    {
        Dictionary<string, string> files = PackedBox.Files();
        RootKey root = await _box.PushedAsync(files);
        string catalog = ObjectLayout.CatalogOf(root);
        await _box.ChangeAsync(catalog, bytes => PackCatalog.Write(PackCatalog.Parse(bytes, catalog).Select(i => i with { Trees = !i.Trees })));

        (TransferResult result, _) = await _box.FetchFreshAsync(root);
        TransferResult healed = await _box.PushAsync([root], deep: true);

        // Trees are looked for where trees are said to be.
        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal(("data", ErrorKind.Missing), (failed.Path, failed.Kind));
        Assert.Equal(0, healed.Objects);
        await _box.AssertFetchableAsync(root, files);
    }
}
