using System.Globalization;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

/// <summary>Several fetches into one cache.</summary>
public sealed class ClaimedFetchTests : IDisposable
{
    private const int Large = 1_500_000;

    private readonly TransferSandbox _sandbox = new(TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _files = Enumerable.Range(0, 40).ToDictionary(i => $"small/{i}.txt", i => $"content {i}");

    public ClaimedFetchTests()
    {
        for (int i = 0; i < 4; i++)
            _files[$"large/{i}"] = new string((char)('a' + i), Large);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string ClaimsFolder => Path.Combine(_sandbox.There.Cache.Root, "claims");

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task At_once_they_read_each_object_once_and_all_have_everything()
    {
        RootKey root = await PushedAsync();

        TransferResult[] results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => FetchAsync(root))));

        Assert.All(results, r => Assert.Empty(r.Failed));
        string[] read = [.. _sandbox.Blobs.Calls.Where(c => c.Verb == Verb.Read && c.Name.Contains("/objects/")).Select(c => c.Name)];
        Assert.Equal(read.Distinct().Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
        Assert.Equal(_files.Count, read.Length);
        Assert.All(results, r => Assert.True(r.Objects + r.Skipped >= _files.Count));
        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, root));
        Assert.Empty(Directory.GetFileSystemEntries(ClaimsFolder));
    }

    [Fact]
    public async Task What_another_downloads_is_waited_for_and_used_and_everything_else_comes_meanwhile()
    {
        RootKey root = await PushedAsync();
        byte[] bytes = TransferSandbox.Text(_files["large/1"]);
        ObjectKey key = CacheSandbox.KeyOf(bytes);
        using DownloadClaims other = DownloadClaims.TryOpen(_sandbox.There.Cache.Layout, TimeProvider.System)!;
        DownloadClaim claim = (await other.TryClaimAsync($"sha256-{key.Id.Hex}", Token))!;

        Task<TransferResult> fetch = Task.Run(() => FetchAsync(root));
        while (_sandbox.There.OpenAgain().FindMissing([.. _files.Values.Select(KeyOf)]).Count > 1)
            await Task.Delay(20, Token);
        Assert.False(fetch.IsCompleted);
        await _sandbox.There.PutAsync(bytes, Token);
        claim.Dispose();
        TransferResult result = await fetch;

        Assert.Equal(1, result.Skipped);
        Assert.DoesNotContain(_sandbox.Blobs.Calls, c => c.Verb == Verb.Read && c.Name.EndsWith(key.Id.Hex[2..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_another_gives_up_without_having_it_is_downloaded()
    {
        RootKey root = await PushedAsync();
        ObjectKey key = KeyOf(_files["large/1"]);
        using DownloadClaims other = DownloadClaims.TryOpen(_sandbox.There.Cache.Layout, TimeProvider.System)!;
        DownloadClaim claim = (await other.TryClaimAsync($"sha256-{key.Id.Hex}", Token))!;

        Task<TransferResult> fetch = Task.Run(() => FetchAsync(root));
        while (_sandbox.There.OpenAgain().FindMissing([.. _files.Values.Select(KeyOf)]).Count > 1)
            await Task.Delay(20, Token);
        claim.Dispose();

        Assert.Equal(0, (await fetch).Skipped);
        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, root));
    }

    [Fact]
    public async Task What_cannot_be_had_is_given_up()
    {
        RootKey root = await PushedAsync();
        ObjectKey key = KeyOf(_files["large/2"]);
        _sandbox.Blobs.On(Verb.Read, new Fault.Throws(() => new BlobNotFoundException("origin", "gone")), key.Id.Hex[2..], times: 9);

        TransferResult result = await FetchAsync(root);

        Assert.Equal(key.Id.ToString(), Assert.Single(result.Failed).Id);
        Assert.Empty(Directory.GetFileSystemEntries(ClaimsFolder));
    }

    [Fact]
    public async Task A_fetch_that_is_cancelled_gives_up_its_claims_and_keeps_what_came()
    {
        RootKey root = await PushedAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        int count = 0;
        var monitor = new RecordingMonitor { OnFinished = _ => { if (Interlocked.Increment(ref count) == 20) cancel.Cancel(); } };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FetchAsync(root, monitor, cancel.Token));

        Assert.Empty(Directory.GetFileSystemEntries(ClaimsFolder));
        Assert.InRange(_sandbox.There.OpenAgain().FindMissing([.. _files.Values.Select(KeyOf)]).Count, 1, _files.Count - 20);
        await FetchAsync(root);
        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, root));
    }

    private static ObjectKey KeyOf(string text) => CacheSandbox.KeyOf(TransferSandbox.Text(text));

    private async Task<RootKey> PushedAsync()
    {
        RootKey root = await _sandbox.AddAsync("data", _files);
        await _sandbox.PushAsync([root]);
        _sandbox.Blobs.ForgetCalls();
        return root;
    }

    // As another process with a memory of its own would.
    private async Task<TransferResult> FetchAsync(RootKey root, ITransferMonitor? monitor = null, CancellationToken? token = null)
    {
        string memory = Path.Combine(_sandbox.There.Temp, string.Create(CultureInfo.InvariantCulture, $"verified-{Guid.NewGuid():N}"));
        var cache = new LocalCache(_sandbox.There.Options with { Claims = true }, VerifiedObjects.Load(memory));
        var transfer = new ObjectTransfer(cache, await _sandbox.OpenAsync(create: false), new TransferOptions { Jobs = 4 }, monitor ?? SilentMonitor.Instance);
        return await transfer.FetchAsync([new WantedRoot(root, "")], token ?? Token);
    }
}
