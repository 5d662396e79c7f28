using System.Globalization;
using DataVersion.Caching;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PackedClaimTests() : PackedClaimContract(zstd: false);

public sealed class CompressedClaimTests() : PackedClaimContract(zstd: true);

/// <summary>Several fetches from a packed remote into one cache.</summary>
public abstract class PackedClaimContract(bool zstd) : IDisposable
{
    private readonly PackedBox _box = new(zstd, TestContext.Current.CancellationToken);

    // Two packs, and two objects that lie alone.
    private readonly Dictionary<string, string> _files = new(Enumerable.Range(0, 14).ToDictionary(i => $"some/{i}", i => PackedBox.Noise(i, 1_000_000)))
    {
        ["large/0"] = new string('a', 2_000_000),
        ["large/1"] = PackedBox.Noise(99, 2_000_000),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private CacheSandbox There => _box.Sandbox.There;

    private string ClaimsFolder => Path.Combine(There.Cache.Root, "claims");

    public void Dispose()
    {
        _box.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task At_once_they_read_each_pack_and_each_object_once_and_all_have_everything()
    {
        RootKey root = await _box.PushedAsync(_files);
        string trees = (await _box.LocateAsync(root.Key)).Pack;
        Assert.Equal(3, (await _box.NamesAsync(PackedBox.PackNames)).Count);
        _box.Blobs.ForgetCalls();

        TransferResult[] results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => FetchAsync(root))));

        Assert.All(results, r => Assert.Empty(r.Failed));
        foreach (IGrouping<string, (Verb, string)> reads in _box.Blobs.Calls.Where(c => c.Verb == Verb.Read && IsContents(c.Name)).GroupBy(c => c.Name))
            Assert.Equal(reads.Key.EndsWith(".zst", StringComparison.Ordinal) ? 2 : 1, reads.Count());
        Assert.Equal(_files, await _box.Sandbox.ReadAllAsync(There.Cache, root));
        Assert.Empty(Directory.GetFileSystemEntries(ClaimsFolder));

        bool IsContents(string name) => name.Contains("/objects/", StringComparison.Ordinal) || (name.StartsWith(PackedBox.PackNames, StringComparison.Ordinal) && name != trees);
    }

    [Fact]
    public async Task A_pack_that_another_downloads_is_waited_for_and_everything_else_comes_meanwhile()
    {
        RootKey root = await _box.PushedAsync(_files);
        string pack = (await _box.LocateAsync(PackedBox.KeyOf(_files["some/0"]))).Pack;
        List<string> inside = [];
        foreach (string text in _files.Values.Where(t => t.Length <= PackLimits.MaxObject))
        {
            if ((await _box.LocateAsync(PackedBox.KeyOf(text))).Pack == pack)
                inside.Add(text);
        }
        using DownloadClaims other = DownloadClaims.TryOpen(There.Cache.Layout, TimeProvider.System)!;
        DownloadClaim claim = (await other.TryClaimAsync($"pack-{string.Concat(pack.Split('/')[^2..])}", Token))!;
        _box.Blobs.ForgetCalls();

        Task<TransferResult> fetch = Task.Run(() => FetchAsync(root));
        while (There.OpenAgain().FindMissing([.. _files.Values.Select(PackedBox.KeyOf)]).Count > inside.Count)
            await Task.Delay(20, Token);
        Assert.False(fetch.IsCompleted);
        // It got half of it, and gave up.
        foreach (string text in inside.Take(inside.Count / 2))
            await There.PutAsync(TransferSandbox.Text(text), Token);
        claim.Dispose();
        TransferResult result = await fetch;

        Assert.Empty(result.Failed);
        Assert.Equal(inside.Count / 2, result.Skipped);
        Assert.Equal(_files, await _box.Sandbox.ReadAllAsync(There.Cache, root));
    }

    [Fact]
    public async Task What_one_cannot_have_the_other_is_told_of_too()
    {
        Dictionary<string, string> files = PackedBox.Files(12);
        RootKey root = await _box.PushedAsync(files);
        string pack = (await _box.LocateAsync(PackedBox.KeyOf(PackedBox.TextOf(0)))).Pack;
        await _box.ChangeAsync(pack, _ => null);

        TransferResult[] results = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => FetchAsync(root))));

        Assert.All(results, r => Assert.Equal(files.Count, r.Failed.Count));
        Assert.Empty(Directory.GetFileSystemEntries(ClaimsFolder));
    }

    // As another process with a memory of its own would.
    private async Task<TransferResult> FetchAsync(RootKey root)
    {
        string memory = Path.Combine(There.Temp, string.Create(CultureInfo.InvariantCulture, $"verified-{Guid.NewGuid():N}"));
        var cache = new LocalCache(There.Options with { Claims = true }, VerifiedObjects.Load(memory));
        var transfer = new ObjectTransfer(cache, await _box.Sandbox.OpenAsync(create: false), new TransferOptions { Jobs = 4 }, SilentMonitor.Instance);
        return await transfer.FetchAsync([new WantedRoot(root, "")], Token);
    }
}
