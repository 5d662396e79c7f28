using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PlainVerifiedPushTests() : VerifiedPushContract(StoreFormat.Plain);

public sealed class PackedVerifiedPushTests() : VerifiedPushContract(new StoreFormat(true, false));

public sealed class CompressedVerifiedPushTests() : VerifiedPushContract(new StoreFormat(true, true));

/// <summary>A push that reads back what is there, on each layout: damage that no name and no size tells is found, and replaced.</summary>
public abstract class VerifiedPushContract : IDisposable
{
    private readonly TransferSandbox _sandbox;
    private readonly Dictionary<string, string> _files = PackedBox.Files();
    private readonly Dictionary<string, string> _others = PackedBox.Files(7, "other");
    private readonly List<CacheSandbox> _fresh = [];

    protected VerifiedPushContract(StoreFormat format)
    {
        _sandbox = new TransferSandbox(Token) { Format = format };
        _files["large/words"] = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"word {i}\n"));
        _files["large/noise"] = PackedBox.Noise(5, 1_200_000);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FaultyBlobStore Blobs => _sandbox.Blobs;

    public void Dispose()
    {
        _fresh.ForEach(f => f.Dispose());
        _sandbox.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task<RootKey> PushedAsync()
    {
        RootKey root = await _sandbox.AddAsync("data", _files);
        Assert.Empty((await _sandbox.PushAsync([root])).Failed);
        return root;
    }

    private async Task<TransferResult> FetchFreshAsync(RootKey root, IReadOnlyDictionary<string, string> files)
    {
        var cache = new CacheSandbox();
        _fresh.Add(cache);
        var transfer = new ObjectTransfer(cache.Cache, await _sandbox.OpenAsync(create: false), new TransferOptions { Jobs = 4 }, SilentMonitor.Instance);
        TransferResult result = await transfer.FetchAsync([new WantedRoot(root, "")], Token);
        if (result.Failed.Count == 0)
            Assert.Equal(files, await _sandbox.ReadAllAsync(cache.Cache, root));
        return result;
    }

    /// <summary>Changes a byte in each blob of a kind, and no length; returns how many there were.</summary>
    private async Task<int> DamageAsync(string below, Func<int, int>? at = null)
    {
        List<string> names = await Blobs.NamesAsync($"dvstore/v1/{below}", Token);
        foreach (string name in names)
        {
            byte[] bytes = await Blobs.GetAsync(name, cancellationToken: Token);
            bytes[at?.Invoke(bytes.Length) ?? 0] ^= 0x10;
            await Blobs.PutAsync(name, bytes, WriteMode.Overwrite, Token);
        }
        return names.Count;
    }

    private Task<TransferResult> VerifyAsync(params RootKey[] roots) => _sandbox.PushAsync(roots, verify: true);

    private int Written(string below) => Blobs.Calls.Count(c => c.Verb == Verb.Write && c.Name.StartsWith($"dvstore/v1/{below}", StringComparison.Ordinal));

    [Fact]
    public async Task Where_nothing_is_damaged_all_is_read_and_nothing_sent()
    {
        RootKey root = await PushedAsync();
        Blobs.ForgetCalls();

        TransferResult result = await VerifyAsync(root);

        Assert.Equal((0, 0, 42 + 12, 42 + 12), (result.Objects, result.Damaged, result.Skipped, result.Verified));
        Assert.Equal(0, Written("objects/") + Written("trees/") + Written("packs/") + Written("indexes/"));
    }

    [Theory]
    [InlineData("objects/")]
    [InlineData("trees/")]
    [InlineData("packs/")]
    public async Task Other_bytes_of_the_same_length_are_replaced(string below)
    {
        RootKey root = await PushedAsync();
        int blobs = await DamageAsync(below);
        Assert.SkipWhen(blobs == 0, "the layout has no such blobs");
        Assert.NotEmpty((await FetchFreshAsync(root, _files)).Failed);

        // What no size tells is not seen otherwise.
        Assert.Equal(0, (await _sandbox.PushAsync([root], deep: true)).Objects);
        TransferResult result = await VerifyAsync(root);

        Assert.Empty(result.Failed);
        Assert.Equal(blobs, result.Damaged);
        Assert.Empty((await FetchFreshAsync(root, _files)).Failed);
        Blobs.ForgetCalls();
        TransferResult again = await VerifyAsync(root);
        Assert.Equal((0, 0), (again.Objects, again.Damaged));
        Assert.Equal(0, Written(below));
    }

    [Fact]
    public async Task What_is_gone_or_shorter_is_sent_again_too()
    {
        RootKey root = await PushedAsync();
        string[] names = [.. await Blobs.NamesAsync("dvstore/v1/packs/", Token), .. await Blobs.NamesAsync("dvstore/v1/objects/", Token)];
        await Blobs.DeleteAsync(names[0], null, Token);
        await Blobs.PutAsync(names[^1], (await Blobs.GetAsync(names[^1], cancellationToken: Token))[..^1], WriteMode.Overwrite, Token);

        TransferResult result = await VerifyAsync(root);

        Assert.Empty(result.Failed);
        Assert.NotEqual(0, result.Objects);
        Assert.Equal(0, result.Damaged);
        Assert.Empty((await FetchFreshAsync(root, _files)).Failed);
    }

    [Fact]
    public async Task What_cannot_be_replaced_from_here_is_named_and_the_rest_is_healed()
    {
        RootKey root = await PushedAsync();
        RootKey other = await _sandbox.AddAsync("other", _others);
        await _sandbox.PushAsync([other]);
        await DamageAsync("objects/");
        ObjectKey lost = PackedBox.KeyOf(_files["large/noise"]);
        File.Delete(_sandbox.Here.Cache.PathOf(lost));

        TransferResult result = await VerifyAsync(root, other);

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal((lost.Id.ToString(), "data", ErrorKind.Corrupt), (failed.Id, failed.Path, failed.Kind));
        Assert.Contains("is damaged on the remote", failed.Error, StringComparison.Ordinal);
        Assert.Empty((await FetchFreshAsync(other, _others)).Failed);
        FailedTransfer still = Assert.Single((await FetchFreshAsync(root, _files)).Failed);
        Assert.Equal((lost.Id.ToString(), ErrorKind.Corrupt), (still.Id, still.Kind));
    }

    [Fact]
    public async Task An_object_that_is_damaged_here_too_replaces_nothing()
    {
        RootKey root = await PushedAsync();
        ObjectKey bad = PackedBox.KeyOf(_files["large/noise"]);
        await DamageAsync("objects/");
        string name = (await Blobs.NamesAsync(ObjectLayout.NameOf(bad), Token)).Single();
        byte[] there = await Blobs.GetAsync(name, cancellationToken: Token);
        _sandbox.Here.Damage(bad);

        TransferResult result = await VerifyAsync(root);

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal((bad.Id.ToString(), ErrorKind.Corrupt), (failed.Id, failed.Kind));
        Assert.Equal(there, await Blobs.GetAsync(name, cancellationToken: Token));
    }

    [Fact]
    public async Task What_is_damaged_on_the_way_only_is_not_sent_again()
    {
        RootKey root = await PushedAsync();
        foreach (string below in (string[])["packs/", "objects/"])
            Blobs.On(Verb.Read, new Fault.FlipsByte(5), below);
        Blobs.ForgetCalls();

        TransferResult result = await VerifyAsync(root);

        Assert.Equal((0, 0), (result.Objects, result.Damaged));
        Assert.Equal(0, Written("objects/") + Written("packs/"));
    }

    [Theory]
    [InlineData("other")]
    [InlineData("same")]
    public async Task What_was_found_good_and_then_lost_its_pack_to_a_later_root_is_sent_again(string folder)
    {
        RootKey first = await _sandbox.AddAsync("first", new Dictionary<string, string> { ["same/x"] = "shared" });
        Dictionary<string, string> files = new() { [$"{folder}/x"] = "shared", ["z/y"] = PackedBox.Noise(1, 1000) };
        RootKey second = await _sandbox.AddAsync("second", files);
        await _sandbox.PushAsync([first, second]);
        // In a pack of contents it lies behind what is shared, as text or as a frame.
        foreach (string name in (string[])[.. await Blobs.NamesAsync("dvstore/v1/packs/", Token), .. await Blobs.NamesAsync(ObjectLayout.NameOf(PackedBox.KeyOf(files["z/y"])), Token)])
        {
            byte[] bytes = await Blobs.GetAsync(name, cancellationToken: Token);
            int at = bytes.AsSpan().IndexOf(TransferSandbox.Text(files["z/y"]).AsSpan(0, 20));
            if (at >= 0)
                bytes[at] ^= 1;
            else if (bytes.AsSpan().IndexOf("shared"u8) is >= 0 and var shared)
                bytes[shared + 6 + 20] ^= 1;
            await Blobs.PutAsync(name, bytes, WriteMode.Overwrite, Token);
        }
        ObjectStore store = await _sandbox.OpenAsync(create: true);
        PushSession session = await store.BeginPushAsync(new PartOptions { TempDirectory = _sandbox.Here.Temp }, Token);
        // Each root is a batch of its own.
        var push = new PushRun(_sandbox.Here.Cache, store, session, 4, SilentMonitor.Instance) { Deep = true, Verify = true, BatchObjects = 1 };

        TransferResult result = await push.RunAsync([first, second], [], Token);

        Assert.True(await session.CommitAsync(push.Receipts, Token));
        Assert.Equal((0, 1), (result.Failed.Count, result.Damaged));
        Assert.Empty((await FetchFreshAsync(first, new Dictionary<string, string> { ["same/x"] = "shared" })).Failed);
        Assert.Empty((await FetchFreshAsync(second, files)).Failed);
    }
}
