using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PackedFetchTests() : PackedFetchContract(zstd: false);

public sealed class CompressedFetchTests() : PackedFetchContract(zstd: true);

/// <summary>Fetches from a packed remote over a bad line.</summary>
public abstract class PackedFetchContract(bool zstd) : IDisposable
{
    private readonly PackedBox _box = new(zstd, TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _files = PackedBox.Files(12);

    public static MatrixTheoryData<string, string> Damages => new(
        ["contents", "trees", PackedBox.IndexNames, PackedBox.CatalogNames], ["nothing comes", "the end is missing", "a byte is changed", "more comes"]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _box.Dispose();
        GC.SuppressFinalize(this);
    }

    private static Fault Damage(string how) => how switch
    {
        "nothing comes" => new Fault.EndsAfter(0),
        "the end is missing" => new Fault.EndsAfter(50),
        "a byte is changed" => new Fault.FlipsByte(21),
        "more comes" => new Fault.Appends(1 << 20),
        _ => throw new ArgumentException(how),
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task What_was_damaged_on_the_way_once_is_asked_for_once_more(string what, string how)
    {
        RootKey root = await _box.PushedAsync(_files);
        string name = what switch
        {
            "contents" => (await _box.LocateAsync(PackedBox.KeyOf(PackedBox.TextOf(0)))).Pack,
            "trees" => (await _box.LocateAsync(root.Key)).Pack,
            _ => what,
        };
        _box.Blobs.On(Verb.Read, Damage(how), name);

        await _box.AssertFetchableAsync(root, _files);
    }

    [Fact]
    public async Task Whatever_byte_of_a_catalog_was_changed_on_the_way_all_comes()
    {
        Dictionary<string, string> files = new() { ["a"] = "a", ["b"] = "b" };
        RootKey root = await _box.PushedAsync(files);
        int length = (await _box.Blobs.GetAsync(ObjectLayout.CatalogOf(root), cancellationToken: Token)).Length;
        var failed = new List<string>();
        for (int i = 0; i < length; i++)
        {
            _box.Blobs.On(Verb.Read, new Fault.FlipsByte(i), PackedBox.CatalogNames);
            (TransferResult result, _) = await _box.FetchFreshAsync(root);
            failed.AddRange(result.Failed.Select(f => $"byte {i}: {f.Error}"));
        }

        Assert.Empty(failed);
    }

    [Fact]
    public async Task What_comes_damaged_twice_fails_alone_and_comes_the_next_time()
    {
        RootKey root = await _box.PushedAsync(_files);
        (string pack, var entry) = await _box.LocateAsync(PackedBox.KeyOf(PackedBox.TextOf(5)));
        CacheSandbox cache = _box.Fresh();
        // First all that lies together, then the object alone.
        _box.Blobs.On(Verb.Read, new Fault.FlipsByte(1), pack, times: 2).On(Verb.Read, new Fault.FlipsByte(entry.Offset + 1), pack);

        TransferResult result = await _box.FetchAsync(cache, new WantedRoot(root, ""));

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal((PackedBox.KeyOf(PackedBox.TextOf(5)).Id.ToString(), ErrorKind.Corrupt), (failed.Id, failed.Kind));
        Assert.Equal(11, (await _box.SoundAsync(cache, _files.Values)).Count);
        Assert.Equal(1, (await _box.FetchAsync(cache, new WantedRoot(root, ""))).Objects);
    }
}
