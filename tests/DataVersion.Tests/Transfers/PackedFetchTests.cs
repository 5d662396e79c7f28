using System.Globalization;
using System.Runtime.CompilerServices;
using DataVersion.Caching;
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

/// <summary>Fetches from a packed remote over a bad line, without the right to list, and by several at once.</summary>
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

    private static Task<ObjectStore> OpenAsync(IBlobStore store) =>
        ObjectStore.OpenAsync(store, "origin", new ObjectStoreOptions { Create = false, NewId = () => "id" }, Token);

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

    [Fact]
    public async Task Who_may_not_list_and_is_denied_what_is_not_there_gets_everything()
    {
        // What is in no pack is looked for by name, and compressed first.
        string large = string.Concat(Enumerable.Repeat("0123456789abcdef", 100_000));
        Dictionary<string, string> files = new(_files) { ["large/text"] = large, ["large/noise"] = PackedBox.Noise(1, 1_200_000) };
        RootKey root = await _box.PushedAsync(files);
        CacheSandbox cache = _box.Fresh();
        var transfer = new ObjectTransfer(cache.Cache, await OpenAsync(new DenyingStore(_box.Blobs)), new TransferOptions { Jobs = 4 }, SilentMonitor.Instance);

        TransferResult result = await transfer.FetchAsync([new WantedRoot(root, "")], Token);

        Assert.Empty(result.Failed);
        Assert.Equal(files, await _box.Sandbox.ReadAllAsync(cache.Cache, root));
    }

    [Theory]
    [InlineData(PackedBox.PackNames, false)]
    [InlineData(PackedBox.PackNames, true)]
    [InlineData(PackedBox.IndexNames, false)]
    [InlineData(PackedBox.IndexNames, true)]
    [InlineData(PackedBox.CatalogNames, true)]
    public async Task Who_is_denied_what_is_not_there_is_told_what_failed_and_gets_the_rest(string what, bool trees)
    {
        RootKey root = await _box.PushedAsync(_files);
        RootKey other = await _box.PushedAsync(PackedBox.Files(3, "other"), "other");
        string pack = (await _box.LocateAsync(trees ? root.Key : PackedBox.KeyOf(PackedBox.TextOf(0)))).Pack;
        string lost = what switch
        {
            PackedBox.PackNames => pack,
            PackedBox.CatalogNames => ObjectLayout.CatalogOf(root),
            _ => (await _box.IndexesOfAsync(root)).Single(i => i.Trees == trees).Name,
        };
        await _box.ChangeAsync(lost, _ => null);
        CacheSandbox cache = _box.Fresh();
        var transfer = new ObjectTransfer(cache.Cache, await OpenAsync(new DenyingStore(_box.Blobs)), new TransferOptions { Jobs = 4 }, SilentMonitor.Instance);

        TransferResult result = await transfer.FetchAsync([new WantedRoot(root, ""), new WantedRoot(other, "")], Token);

        Assert.Equal(trees ? 1 : _files.Count, result.Failed.Count);
        Assert.All(result.Failed, f => Assert.Equal(ErrorKind.Remote, f.Kind));
        Assert.All(result.Failed, f => Assert.StartsWith("data", f.Path, StringComparison.Ordinal));
        Assert.True(await _box.Sandbox.IsCompleteAsync(cache.Cache, other));
    }

    [Fact]
    public async Task Several_into_one_cache_read_each_pack_of_contents_once()
    {
        Dictionary<string, string> files = new(_files);
        for (int i = 0; i < 20; i++)
            files[$"large/{i}"] = PackedBox.Noise(i, 900_000);
        RootKey root = await _box.PushedAsync(files);
        _box.Blobs.ForgetCalls();

        TransferResult[] results = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => FetchSharedAsync(root))));

        Assert.All(results, r => Assert.Empty(r.Failed));
        var trees = (await _box.LocateAsync(root.Key)).Pack;
        string[] read = [.. _box.Blobs.Calls.Where(c => c.Verb == Verb.Read && c.Name.StartsWith(PackedBox.PackNames, StringComparison.Ordinal) && c.Name != trees).Select(c => c.Name)];
        Assert.Equal(read.Distinct().Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
        Assert.Equal(3, read.Length);
        Assert.Equal(files, await _box.Sandbox.ReadAllAsync(_box.Sandbox.There.Cache, root));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_box.Sandbox.There.Cache.Root, "claims")));
    }

    [Fact]
    public async Task What_one_cannot_have_the_other_is_told_of_too()
    {
        RootKey root = await _box.PushedAsync(_files);
        string pack = (await _box.LocateAsync(PackedBox.KeyOf(PackedBox.TextOf(0)))).Pack;
        await _box.ChangeAsync(pack, _ => null);

        TransferResult[] results = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => FetchSharedAsync(root))));

        Assert.All(results, r => Assert.Equal(_files.Count, r.Failed.Count));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_box.Sandbox.There.Cache.Root, "claims")));
    }

    // As another process with a memory of its own would.
    private async Task<TransferResult> FetchSharedAsync(RootKey root)
    {
        CacheSandbox there = _box.Sandbox.There;
        string memory = Path.Combine(there.Temp, string.Create(CultureInfo.InvariantCulture, $"verified-{Guid.NewGuid():N}"));
        var cache = new LocalCache(there.Options with { Claims = true }, VerifiedObjects.Load(memory));
        var transfer = new ObjectTransfer(cache, await OpenAsync(_box.Blobs), new TransferOptions { Jobs = 4 }, SilentMonitor.Instance);
        return await transfer.FetchAsync([new WantedRoot(root, "")], Token);
    }

    /// <summary>A bucket whose names may not be listed: it answers 403 for those that are not there.</summary>
    private sealed class DenyingStore(IBlobStore inner) : ForwardingStore(inner)
    {
        public override async Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken) =>
            await base.StatAsync(name, cancellationToken) ?? throw Denied();

        public override async Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
        {
            try
            {
                return await base.OpenReadAsync(name, range, cancellationToken);
            }
            catch (BlobNotFoundException)
            {
                throw Denied();
            }
        }

        public override async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (prefix is not null)
                throw Denied();
            yield break;
        }

        private static RemoteException Denied() => new("origin", "access denied (403)") { IsDenied = true };
    }
}
