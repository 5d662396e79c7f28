using System.Runtime.CompilerServices;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PackedDeniedTests() : PackedDeniedContract(zstd: false);

public sealed class CompressedDeniedTests() : PackedDeniedContract(zstd: true);

/// <summary>Fetches from a packed remote without the right to list: what is not there is denied.</summary>
public abstract class PackedDeniedContract(bool zstd) : IDisposable
{
    private const int Mebi = 1024 * 1024;

    private readonly PackedBox _box = new(zstd, TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _files = PackedBox.Files(12);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _box.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Without_the_right_to_list_everything_comes()
    {
        Dictionary<string, string> files = new(_files) { ["large"] = new string('l', (2 * Mebi) + 1), ["noise"] = PackedBox.Noise(5, 2 * Mebi) };
        RootKey folder = await _box.Sandbox.AddAsync("data", files);
        RootKey small = await _box.Sandbox.AddFileAsync("small", "by itself");
        RootKey large = await _box.Sandbox.AddFileAsync("alone", PackedBox.Noise(6, 2 * Mebi));
        await _box.PushAsync([folder, small, large]);
        RootKey never = await _box.Sandbox.AddFileAsync("never", "never pushed");

        (TransferResult result, CacheSandbox cache) = await FetchAsync(folder, small, large, never);

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal((never.Key.Id.ToString(), ErrorKind.Remote), (failed.Id, failed.Kind));
        Assert.Equal(files, await _box.Sandbox.ReadAllAsync(cache.Cache, folder));
        Assert.True(cache.Cache.Contains(small.Key) && cache.Cache.Contains(large.Key));
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

        (TransferResult result, CacheSandbox cache) = await FetchAsync(root, other);

        Assert.Equal(trees ? 1 : _files.Count, result.Failed.Count);
        Assert.All(result.Failed, f => Assert.Equal(ErrorKind.Remote, f.Kind));
        Assert.All(result.Failed, f => Assert.StartsWith("data", f.Path, StringComparison.Ordinal));
        Assert.True(await _box.Sandbox.IsCompleteAsync(cache.Cache, other));
    }

    private async Task<(TransferResult Result, CacheSandbox Cache)> FetchAsync(params RootKey[] roots)
    {
        ObjectStore store = await ObjectStore.OpenAsync(new DenyingStore(_box.Blobs), "origin", create: false, () => "id", Token);
        CacheSandbox cache = _box.Fresh();
        var transfer = new ObjectTransfer(cache.Cache, store, new TransferOptions { Jobs = 4 }, SilentMonitor.Instance);
        return (await transfer.FetchAsync([.. roots.Select(r => new WantedRoot(r, ""))], Token), cache);
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
