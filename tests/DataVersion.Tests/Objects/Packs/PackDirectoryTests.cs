using DataVersion.Objects;
using DataVersion.Testing.Stores;
using DataVersion.Tests.Transfers;
using Xunit;

namespace DataVersion.Tests.Objects.Packs;

/// <summary>Several threads that look for objects of one remote.</summary>
public sealed class PackDirectoryTests : IDisposable
{
    private readonly PackedBox _box = new(zstd: false, TestContext.Current.CancellationToken);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData(PackedBox.CatalogNames)]
    [InlineData(PackedBox.IndexNames)]
    [InlineData(PackedBox.PackNames)]
    public async Task Who_comes_while_another_reads_waits_for_it(string reading)
    {
        RootKey root = await _box.PushedAsync(PackedBox.Files());
        var gate = new TaskCompletionSource();
        _box.Blobs.On(Verb.Read, new Fault.Waits(gate.Task), reading);
        ObjectStore store = await _box.Sandbox.OpenAsync(create: false);
        store.Use(root);

        Task<byte[]>[] reads = [.. Enumerable.Range(0, 3).Select(_ => store.ReadSmallAsync(root.Key, TreeLimits.MaxTreeBytes, Token))];
        gate.SetResult();

        Assert.Single((await Task.WhenAll(reads)).Select(Convert.ToHexString).Distinct());
        Assert.Single(_box.Blobs.Calls, c => c.Verb == Verb.Read && c.Name.StartsWith(PackedBox.PackNames, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PackedBox.CatalogNames)]
    [InlineData(PackedBox.IndexNames)]
    [InlineData(PackedBox.PackNames)]
    public async Task Who_waits_for_another_that_gives_up_reads_itself(string reading)
    {
        RootKey root = await _box.PushedAsync(PackedBox.Files());
        _box.Blobs.On(Verb.Read, new Fault.Waits(Task.Delay(Timeout.Infinite, Token)), reading);
        ObjectStore store = await _box.Sandbox.OpenAsync(create: false);
        store.Use(root);
        _box.Blobs.ForgetCalls();
        using var first = CancellationTokenSource.CreateLinkedTokenSource(Token);

        Task<byte[]> given = store.ReadSmallAsync(root.Key, TreeLimits.MaxTreeBytes, first.Token);
        Task<byte[]> waiting = store.ReadSmallAsync(root.Key, TreeLimits.MaxTreeBytes, Token);
        // Only who has begun can give up in the middle.
        while (!_box.Blobs.Calls.Any(c => c.Verb == Verb.Read && c.Name.StartsWith(reading, StringComparison.Ordinal)))
            await Task.Delay(1, Token);
        await first.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.NotEmpty(await waiting);
    }
}
