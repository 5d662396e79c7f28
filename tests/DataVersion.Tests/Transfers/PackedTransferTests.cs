using DataVersion.Objects;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PackedTransferTests : IDisposable
{
    private readonly TransferSandbox _sandbox = new(TestContext.Current.CancellationToken) { Format = new StoreFormat(true, false) };
    private readonly Dictionary<string, string> _files = Enumerable.Range(0, 400).ToDictionary(i => $"part{i % 5}/sub/{i}.txt", i => $"content {i}");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FaultyBlobStore Blobs => _sandbox.Blobs;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Many_small_files_cost_a_handful_of_requests()
    {
        RootKey folder = await _sandbox.AddAsync("data", _files);

        TransferResult pushed = await _sandbox.PushAsync([folder]);
        int requestsOfPush = Blobs.Calls.Count;
        Blobs.ForgetCalls();
        TransferResult fetched = await _sandbox.FetchAsync(folder);

        Assert.Empty(pushed.Failed);
        Assert.Empty(fetched.Failed);
        Assert.Equal(411, pushed.Objects);
        Assert.Equal((pushed.Objects, pushed.Bytes), (fetched.Objects, fetched.Bytes));
        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, folder));
        Assert.InRange(requestsOfPush, 1, 20);
        Assert.InRange(Blobs.Calls.Count, 1, 8);
        Assert.Equal(2, (await Blobs.NamesAsync("dvstore/v1/packs/", Token)).Count);
    }
}
