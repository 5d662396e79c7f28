using DataVersion.Objects;
using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Remotes.Http;

/// <summary>A dataset fetched from a mirror of its remote that can do nothing but give out files.</summary>
public sealed class HttpMirrorTests : IDisposable
{
    private readonly TransferSandbox _sandbox = new(TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _files = Enumerable.Range(0, 60).ToDictionary(i => $"part{i % 3}/{i}.txt", i => $"content {i}");
    private readonly StaticHttpFiles _mirror = new();
    private readonly StaticHttpServer _server;

    public HttpMirrorTests() => _server = new StaticHttpServer(_mirror.Answer);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Dispose();
        _sandbox.Dispose();
    }

    private async Task<RootKey> MirrorAsync()
    {
        RootKey root = await _sandbox.AddAsync("data", _files);
        await _sandbox.PushAsync([root]);
        foreach (string name in await _sandbox.Blobs.NamesAsync("", Token))
            _mirror.Put($"/mirror/{name}", await _sandbox.Blobs.GetAsync(name, cancellationToken: Token));
        return root;
    }

    private async Task<TransferResult> FetchAsync(RootKey root)
    {
        IBlobStore store = RemoteStores.Open(RemoteContexts.Of($"{_server.Address}/mirror"));
        ObjectStore remote = await ObjectStore.OpenAsync(store, "origin", create: false, () => "unused", Token);
        return await new ObjectTransfer(_sandbox.There.Cache, remote, new TransferOptions { Jobs = 4 }, SilentMonitor.Instance)
            .FetchAsync([new WantedRoot(root, "")], Token);
    }

    [Fact]
    public async Task A_dataset_is_fetched_without_a_listing()
    {
        RootKey root = await MirrorAsync();

        TransferResult result = await FetchAsync(root);

        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, root));
        // The remote's document and every object, each once.
        Assert.Equal(result.Objects + 1, _server.Requests.Count);
        Assert.All(_server.Requests, r => Assert.Equal("GET", r.Method));
    }

    [Fact]
    public async Task Other_bytes_under_an_objects_name_are_found_out()
    {
        RootKey root = await MirrorAsync();
        string name = (await _sandbox.Blobs.NamesAsync("", Token)).First(n => n.Contains("/objects/", StringComparison.Ordinal));
        byte[] bytes = await _sandbox.Blobs.GetAsync(name, cancellationToken: Token);
        bytes[0] ^= 1;
        _mirror.Put($"/mirror/{name}", bytes);

        TransferResult result = await FetchAsync(root);

        Assert.Equal(ErrorKind.Corrupt, Assert.Single(result.Failed).Kind);
        Assert.False(await _sandbox.IsCompleteAsync(_sandbox.There.Cache, root));
    }
}
