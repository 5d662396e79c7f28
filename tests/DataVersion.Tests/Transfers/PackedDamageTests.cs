using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PackedDamageTests() : PackedDamageContract(zstd: false);

public sealed class CompressedDamageTests() : PackedDamageContract(zstd: true);

/// <summary>What somebody deleted, cut or changed on a packed remote: only what needs it fails, nothing wrong is kept, and a deep push heals it.</summary>
public abstract class PackedDamageContract(bool zstd) : IDisposable
{
    private readonly PackedBox _box = new(zstd, TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _files = PackedBox.Files();
    private readonly Dictionary<string, string> _others = PackedBox.Files(7, "other");
    private RootKey? _root;
    private RootKey? _other;

    public static MatrixTheoryData<string, bool> IndexDamages => new(["gone", "empty", "half", "longer", "garbage", "a flipped bit"], [false, true]);

    public void Dispose()
    {
        _box.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Two datasets, each in packs of its own.</summary>
    private async Task<(RootKey Root, RootKey Other)> PushedAsync()
    {
        _root = await _box.PushedAsync(_files);
        _other = await _box.PushedAsync(_others, "other");
        return (_root, _other);
    }

    private async Task<string> PackOfAsync(bool trees) => (await _box.LocateAsync(trees ? _root!.Key : PackedBox.KeyOf(PackedBox.TextOf(3)))).Pack;

    private async Task<string> IndexOfAsync(bool trees) => (await _box.IndexesOfAsync(_root!)).Single(i => i.Trees == trees).Name;

    private static byte[]? Damage(string how, byte[] bytes) => how switch
    {
        "gone" => null,
        "empty" => [],
        "half" => bytes[..(bytes.Length / 2)],
        "one byte less" => bytes[..^1],
        "longer" => [.. bytes, 10],
        "garbage" => [.. Enumerable.Repeat((byte)'x', bytes.Length)],
        "a flipped bit" => [.. bytes[..20], (byte)(bytes[20] ^ 1), .. bytes[21..]],
        _ => throw new ArgumentException(how),
    };

    private async Task<(TransferResult Result, CacheSandbox Cache)> FetchBothAsync()
    {
        (TransferResult result, CacheSandbox cache) = await _box.FetchFreshAsync(_root!, _other!);
        await _box.SoundAsync(cache, [.. _files.Values, .. _others.Values]);
        Assert.Equal(_others, await _box.Sandbox.ReadAllAsync(cache.Cache, _other!));
        Assert.All(result.Failed, f => Assert.StartsWith("data", f.Path, StringComparison.Ordinal));
        return (result, cache);
    }

    /// <summary>Pushes all again and believes nothing: then a new clone gets everything, and so does one that was told of the damage.</summary>
    private async Task HealAsync(CacheSandbox cache)
    {
        await _box.PushAsync([_root!, _other!], deep: true);
        await _box.AssertFetchableAsync(_root!, _files);
        await _box.AssertFetchableAsync(_other!, _others);
        Assert.Empty((await _box.FetchAsync(cache, new WantedRoot(_root!, ""))).Failed);
        Assert.Equal(_files, await _box.Sandbox.ReadAllAsync(cache.Cache, _root!));
        _box.Blobs.ForgetCalls();
        Assert.Equal(0, (await _box.PushAsync([_root!, _other!], deep: true)).Objects);
        Assert.Empty(_box.Written(PackedBox.PackNames));
        Assert.Empty(_box.Written(PackedBox.IndexNames));
    }

    [Fact]
    public async Task A_deep_push_of_what_is_intact_sends_nothing()
    {
        await PushedAsync();
        _box.Blobs.ForgetCalls();

        TransferResult result = await _box.PushAsync([_root!, _other!], deep: true);

        Assert.Equal((0, 51 + 18), (result.Objects, result.Skipped));
        Assert.All(_box.Written(), n => Assert.True(n.StartsWith(PackedBox.CatalogNames, StringComparison.Ordinal) || n.StartsWith(PackedBox.ReceiptNames, StringComparison.Ordinal), n));
        await _box.AssertFetchableAsync(_root!, _files);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("empty")]
    [InlineData("half")]
    [InlineData("one byte less")]
    public async Task A_pack_of_contents_fails_what_is_not_there_of_it(string how)
    {
        await PushedAsync();
        string pack = await PackOfAsync(trees: false);
        await _box.ChangeAsync(pack, bytes => Damage(how, bytes));
        long left = how == "gone" ? 0 : (await _box.Blobs.StatAsync(pack, TestContext.Current.CancellationToken))!.Size;
        var lost = new List<string>();
        foreach ((string path, string text) in _files)
        {
            PackEntry entry = (await _box.LocateAsync(PackedBox.KeyOf(text))).Entry;
            if (entry.Offset + entry.Stored > left)
                lost.Add($"data/{path}");
        }

        (TransferResult result, CacheSandbox cache) = await FetchBothAsync();

        Assert.Equal(lost.Order(StringComparer.Ordinal), result.Failed.Select(f => f.Path).Order(StringComparer.Ordinal));
        Assert.All(result.Failed, f => Assert.Equal(how == "gone" ? ErrorKind.Missing : ErrorKind.Corrupt, f.Kind));
        Assert.All(result.Failed, f => Assert.Equal(PackedBox.KeyOf(_files[f.Path!["data/".Length..]]).Id.ToString(), f.Id));
        await HealAsync(cache);
    }

    [Theory]
    [InlineData("gone", ErrorKind.Missing)]
    [InlineData("empty", ErrorKind.Corrupt)]
    public async Task Without_its_trees_a_root_fails_and_others_come(string how, ErrorKind kind)
    {
        await PushedAsync();
        await _box.ChangeAsync(await PackOfAsync(trees: true), bytes => Damage(how, bytes));

        (TransferResult result, CacheSandbox cache) = await FetchBothAsync();

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal(("data", kind), (failed.Path, failed.Kind));
        Assert.False(cache.Cache.Contains(_root!.Key));
        await HealAsync(cache);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public async Task A_changed_byte_fails_the_object_that_it_is_in(bool first, bool compressible)
    {
        await PushedAsync();
        // Every second one is long, and becomes smaller when it is compressed.
        string text = _files.Values.First(t => t.Length > 100 == compressible);
        (string pack, PackEntry entry) = await _box.LocateAsync(PackedBox.KeyOf(text));
        Assert.Equal(zstd && compressible, entry.Stored < entry.Size);
        await _box.ChangeAsync(pack, bytes =>
        {
            bytes[entry.Offset + (first ? 0 : entry.Stored - 1)] ^= 0x10;
            return bytes;
        });

        (TransferResult result, CacheSandbox cache) = await FetchBothAsync();

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal((PackedBox.KeyOf(text).Id.ToString(), ErrorKind.Corrupt), (failed.Id, failed.Kind));
        Assert.False(cache.Cache.Contains(PackedBox.KeyOf(text)));
        Assert.Equal(39, (await _box.SoundAsync(cache, _files.Values)).Count);
        // That it is wrong shows only when all is read: a deep push looks for what is there.
        Assert.Equal(1, (await _box.PushAsync([_root!, _other!], verify: true)).Damaged);
        await HealAsync(cache);
    }

    [Theory]
    [MemberData(nameof(IndexDamages))]
    public async Task An_index_that_cannot_be_used_fails_what_it_lists(string how, bool trees)
    {
        await PushedAsync();
        await _box.ChangeAsync(await IndexOfAsync(trees), bytes => Damage(how, bytes));

        (TransferResult result, CacheSandbox cache) = await FetchBothAsync();

        Assert.Equal(trees ? 1 : 40, result.Failed.Count);
        Assert.All(result.Failed, f => Assert.Equal(how == "gone" ? ErrorKind.Missing : ErrorKind.Corrupt, f.Kind));
        await HealAsync(cache);
    }

    [Theory]
    [InlineData("gone", ErrorKind.Missing)]
    [InlineData("empty", ErrorKind.Corrupt)]
    [InlineData("half", ErrorKind.Corrupt)]
    [InlineData("longer", ErrorKind.Corrupt)]
    [InlineData("garbage", ErrorKind.Corrupt)]
    [InlineData("a flipped bit", ErrorKind.Corrupt)]
    public async Task A_catalog_that_cannot_be_used_fails_its_root(string how, ErrorKind kind)
    {
        await PushedAsync();
        await _box.ChangeAsync(ObjectLayout.CatalogOf(_root!), bytes => Damage(how, bytes));

        (TransferResult result, CacheSandbox cache) = await FetchBothAsync();

        Assert.Contains(result.Failed, f => f.Kind == kind);
        Assert.All(result.Failed, f => Assert.True(f.Kind is ErrorKind.Missing or ErrorKind.Corrupt, $"{f.Kind}: {f.Error}"));
        await HealAsync(cache);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("garbage")]
    public async Task Who_has_the_trees_is_told_of_each_object_that_a_lost_catalog_led_to(string how)
    {
        await PushedAsync();
        (_, CacheSandbox cache) = await _box.FetchFreshAsync(_root!);
        foreach (string text in _files.Values.Take(9))
            File.Delete(cache.Cache.PathOf(PackedBox.KeyOf(text)));
        await _box.ChangeAsync(ObjectLayout.CatalogOf(_root!), bytes => Damage(how, bytes));

        TransferResult result = await _box.FetchAsync(cache, new WantedRoot(_root!, ""));

        Assert.Equal(9, result.Failed.Count);
        Assert.All(result.Failed, f => Assert.Equal(how == "gone" ? ErrorKind.Missing : ErrorKind.Corrupt, f.Kind));
        await HealAsync(cache);
    }

    [Fact]
    public async Task Where_all_is_gone_but_the_receipts_a_deep_push_brings_it_back()
    {
        await PushedAsync();
        foreach (string name in (List<string>)[.. await _box.NamesAsync(PackedBox.PackNames), .. await _box.NamesAsync(PackedBox.IndexNames), .. await _box.NamesAsync(PackedBox.CatalogNames)])
            await _box.ChangeAsync(name, _ => null);
        (TransferResult result, CacheSandbox cache) = await _box.FetchFreshAsync(_root!, _other!);

        Assert.Equal(2, result.Failed.Count);
        Assert.Equal(0, (await _box.PushAsync([_root!, _other!])).Objects);
        await HealAsync(cache);
    }

    [Fact]
    public async Task Of_an_index_with_one_lost_pack_the_others_are_found_again_without_being_sent()
    {
        Dictionary<string, string> large = Enumerable.Range(0, 20).ToDictionary(i => $"large/{i}", i => PackedBox.Noise(i, 900_000));
        RootKey root = await _box.PushedAsync(large);
        string lost = (await _box.LocateAsync(PackedBox.KeyOf(large["large/0"]))).Pack;
        await _box.ChangeAsync(lost, _ => null);
        _box.Blobs.ForgetCalls();

        TransferResult healed = await _box.PushAsync([root], deep: true);

        Assert.InRange(healed.Objects, 4, 10);
        Assert.Equal([lost], _box.Written(PackedBox.PackNames));
        await _box.AssertFetchableAsync(root, large);
    }
}
