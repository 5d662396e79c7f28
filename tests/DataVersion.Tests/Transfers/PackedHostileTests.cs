using System.Text;
using DataVersion.Compression;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

/// <summary>Packs, indexes and catalogs by somebody who may write to the remote and means no good.</summary>
public sealed class PackedHostileTests : IDisposable
{
    private const string Text = "the quick brown fox jumps over the lazy dog";

    private static readonly ObjectId Id = PackedBox.KeyOf(Text).Id;

    private readonly PackedBox _box = new(zstd: false, TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _files = new() { ["a.txt"] = Text, ["b.txt"] = "b" };

    public static TheoryData<string, string, byte[]> Contents => new()
    {
        { "it ends beyond the pack", $"dv-pack 1\no 43 43 {Id}\nend 43\n", "the quick"u8.ToArray() },
        { "it begins beyond the pack", $"dv-pack 1\no 1000000 1000000 {PackedBox.KeyOf("x").Id}\no 43 43 {Id}\nend 1000043\n", "the quick"u8.ToArray() },
        { "it is another object", $"dv-pack 1\no 43 43 {Id}\nend 43\n", Encoding.ASCII.GetBytes(Text.ToUpperInvariant()) },
        { "it is shorter than its tree says", $"dv-pack 1\no 9 9 {Id}\nend 9\n", "the quick"u8.ToArray() },
        { "it is longer than its tree says", $"dv-pack 1\no 44 44 {Id}\nend 44\n", Encoding.ASCII.GetBytes(Text + "!") },
        { "it is empty", $"dv-pack 1\no 0 0 {Id}\nend 0\n", [] },
        { "it is no frame", $"dv-pack 1\no 9 43 {Id}\nend 9\n", "the quick"u8.ToArray() },
        { "it unpacks to a mebibyte", $"dv-pack 1\no 9 1048576 {Id}\nend 9\n", "the quick"u8.ToArray() },
        { "it says more than there is", $"dv-pack 1\no 1048576 1048576 {Id}\nend 1048576\n", "the quick"u8.ToArray() },
        { "it unpacks to more", Frame(new string('x', 1000), 43), FrameOf(new string('x', 1000)) },
        { "it unpacks to less", Frame(new string('x', 1000), 1_000_000), FrameOf(new string('x', 1000)) },
        { "it unpacks to something else", Frame(new string('x', 43), 43), FrameOf(new string('x', 43)) },
    };

    public static TheoryData<string> BadIndexes => new(
        "",
        "\n",
        "dv-pack 2\nend 0\n",
        "dv-pack 1\nend 0\n",
        $"dv-pack 1\no 43 43 {Id}\n",
        $"dv-pack 1\no 43 43 {Id}\nend 42\n",
        $"dv-pack 1\no 43 43 {Id}\nend 43",
        $"dv-pack 1\no 43 43 {Id}\nend 43\nmore\n",
        $"dv-pack 1\no 44 43 {Id}\nend 44\n",
        $"dv-pack 1\no 0 43 {Id}\nend 0\n",
        $"dv-pack 1\no -1 43 {Id}\nend -1\n",
        $"dv-pack 1\no 043 43 {Id}\nend 43\n",
        $"dv-pack 1\no 4294967339 4294967339 {Id}\nend 43\n",
        $"dv-pack 1\no 99999999999999999999 43 {Id}\nend 43\n",
        $"dv-pack 1\no 1048577 1048577 {Id}\nend 1048577\n",
        $"dv-pack 1\no 43 43 sha256:../../etc/passwd\nend 43\n",
        $"dv-pack 1\nx 43 43 {Id}\nend 43\n",
        $"dv-pack 1\r\no 43 43 {Id}\r\nend 43\r\n",
        $"dv-pack 1\n{string.Concat(Enumerable.Repeat($"o 1048576 1048576 {Id}\n", 17))}end 17825792\n",
        $"dv-pack 1\n{string.Concat(Enumerable.Repeat($"o 1048576 1048576 {Id}\n", 4097))}end 1048576\n");

    public static TheoryData<string> BadCatalogs => new(
        "dv-catalog 2\nend 0\n",
        "dv-catalog 1\n",
        "dv-catalog 1\nend 1\n",
        "dv-catalog 1\nend 0\nend 0\n",
        $"dv-catalog 1\no 1 {Id}\n",
        $"dv-catalog 1\nx 1 {Id}\nend 1\n",
        $"dv-catalog 1\no -1 {Id}\nend 1\n",
        $"dv-catalog 1\no 16777217 {Id}\nend 1\n",
        $"dv-catalog 1\no 1 {Id}\no 1 {Id}\nend 2\n",
        $"dv-catalog 1\nt 1 {Id}\no 1 {Id}\nend 2\n",
        "dv-catalog 1\no 1 md5:d41d8cd98f00b204e9800998ecf8427e\nend 1\n",
        "dv-catalog 1\no 1 sha256:../../../etc/passwd\nend 1\n",
        "{\"version\":1}");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _box.Dispose();

    private static byte[] FrameOf(string text)
    {
        var stored = new byte[ZstdFrame.Bound(text.Length)];
        return stored[..ZstdFrame.Compress(Encoding.ASCII.GetBytes(text), stored)];
    }

    private static string Frame(string text, int size) => $"dv-pack 1\no {FrameOf(text).Length} {size} {Id}\nend {FrameOf(text).Length}\n";

    private async Task<CacheSandbox> ExpectFailuresAsync(RootKey root, RootKey other, string what, params string[] paths)
    {
        (TransferResult result, CacheSandbox cache) = await _box.FetchFreshAsync(root, other);
        Assert.Equal(paths, result.Failed.Select(f => f.Path).Order(StringComparer.Ordinal));
        Assert.All(result.Failed, f => Assert.True(f.Kind is ErrorKind.Corrupt or ErrorKind.Missing, $"{what}: {f.Kind}: {f.Error}"));
        await _box.SoundAsync(cache, _files.Values);
        Assert.True(await _box.Sandbox.IsCompleteAsync(cache.Cache, other));
        return cache;
    }

    private async Task<RootKey> OtherAsync() => await _box.PushedAsync(PackedBox.Files(3, "other"), "other");

    private async Task HealAsync(RootKey root, bool verify = false)
    {
        await _box.PushAsync([root], deep: true, verify: verify);
        await _box.AssertFetchableAsync(root, _files);
    }

    [Theory]
    [MemberData(nameof(Contents))]
    public async Task An_index_that_lies_of_an_object_fails_it_and_nothing_of_it_is_kept(string lie, string listing, byte[] objects)
    {
        RootKey root = await _box.PushedAsync(_files);
        RootKey other = await OtherAsync();
        // It lists nothing else: the honest one is named no longer.
        await _box.PlantAsync(root, listing, objects);

        CacheSandbox cache = await ExpectFailuresAsync(root, other, lie, "data/a.txt", "data/b.txt");

        Assert.False(cache.Cache.Contains(PackedBox.KeyOf(Text)));
        // A pack that has what it says, as far as sizes tell, is believed until somebody reads it.
        await HealAsync(root, verify: lie is "it is another object" or "it unpacks to something else" or "it unpacks to more" or "it is no frame");
    }

    [Theory]
    [MemberData(nameof(BadIndexes))]
    public async Task An_index_that_nobody_would_write_is_refused(string text)
    {
        RootKey root = await _box.PushedAsync(_files);
        RootKey other = await OtherAsync();
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        ObjectId id = IdentityHash.Of(HashKind.Sha256, bytes);
        await _box.Blobs.PutAsync(ObjectLayout.PackIndexOf(id), bytes, WriteMode.Overwrite, Token);
        string catalog = ObjectLayout.CatalogOf(root);
        await _box.ChangeAsync(catalog, old => PackCatalog.Write(
            [.. PackCatalog.Parse(old, catalog).Where(i => i.Trees), new PackIndexRef(false, bytes.Length, id)]));

        await ExpectFailuresAsync(root, other, text, "data/a.txt", "data/b.txt");

        await HealAsync(root);
    }

    [Theory]
    [MemberData(nameof(BadCatalogs))]
    public async Task A_catalog_that_nobody_would_write_is_refused(string text)
    {
        RootKey root = await _box.PushedAsync(_files);
        RootKey other = await OtherAsync();
        await _box.ChangeAsync(ObjectLayout.CatalogOf(root), _ => Encoding.ASCII.GetBytes(text));

        await ExpectFailuresAsync(root, other, text, "data");

        await HealAsync(root);
    }

    [Fact]
    public async Task A_catalog_or_index_without_end_is_read_no_further_than_allowed()
    {
        RootKey root = await _box.PushedAsync(_files);
        RootKey other = await OtherAsync();
        foreach (string name in (string[])[ObjectLayout.CatalogOf(root), (await _box.IndexesOfAsync(root)).Single(i => i.Trees).Name])
        {
            _box.Blobs.On(Verb.Read, new Fault.Appends(long.MaxValue), name, times: 2);
            (TransferResult result, CacheSandbox cache) = await _box.FetchFreshAsync(root, other);
            Assert.Equal("data", Assert.Single(result.Failed).Path);
            Assert.True(await _box.Sandbox.IsCompleteAsync(cache.Cache, other));
        }
    }

    [Theory]
    [InlineData("another tree")]
    [InlineData("more than a tree may say")]
    [InlineData("it ends beyond the pack")]
    public async Task An_index_that_lies_of_a_tree_fails_its_root(string lie)
    {
        RootKey root = await _box.PushedAsync(_files);
        RootKey other = await OtherAsync();
        byte[] tree = lie == "more than a tree may say" ? new byte[1024 * 1024] : TransferTree();
        int said = lie == "it ends beyond the pack" ? 500_000 : tree.Length;
        await _box.PlantAsync(root, $"dv-pack 1\nt {said} {said} {root.Key.Id}\nend {said}\n", tree, trees: true);

        CacheSandbox cache = await ExpectFailuresAsync(root, other, lie, "data");

        Assert.False(cache.Cache.Contains(root.Key));

        byte[] TransferTree() => Encoding.ASCII.GetBytes($"dv-tree 1\nf 1 {PackedBox.KeyOf("b").Id} b.txt\n");
    }

    [Fact]
    public async Task A_content_that_is_listed_as_a_tree_is_none()
    {
        RootKey root = await _box.PushedAsync(_files);
        RootKey other = await OtherAsync();
        await _box.PlantAsync(root, $"dv-pack 1\nt 43 43 {Id}\nend 43\n", Encoding.ASCII.GetBytes(Text));

        await ExpectFailuresAsync(root, other, "a kind", "data/a.txt", "data/b.txt");

        await HealAsync(root);
    }

    [Fact]
    public async Task A_deep_push_leaves_nothing_of_a_lie_in_the_catalog_though_the_rest_of_its_index_is_true()
    {
        RootKey root = await _box.PushedAsync(_files);
        await _box.PlantAsync(root, $"dv-pack 1\no 9 9 {Id}\no 1 1 {PackedBox.KeyOf("b").Id}\nend 10\n", "the quickb"u8.ToArray());

        await HealAsync(root);
    }

    [Fact]
    public async Task A_catalog_that_confuses_contents_and_trees_is_healed_by_a_deep_push()
    {
        RootKey root = await _box.PushedAsync(_files);
        string catalog = ObjectLayout.CatalogOf(root);
        await _box.ChangeAsync(catalog, bytes => PackCatalog.Write(PackCatalog.Parse(bytes, catalog).Select(i => i with { Trees = !i.Trees })));

        (TransferResult result, _) = await _box.FetchFreshAsync(root);
        TransferResult healed = await _box.PushAsync([root], deep: true);

        // Trees are looked for where trees are said to be.
        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal(("data", ErrorKind.Missing), (failed.Path, failed.Kind));
        Assert.Equal(0, healed.Objects);
        await _box.AssertFetchableAsync(root, _files);
    }
}
