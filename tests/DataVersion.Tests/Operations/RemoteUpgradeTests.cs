using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Operations;

/// <summary>A plain remote that becomes a packed one: what lay there is read as before, what comes is packed.</summary>
public sealed class RemoteUpgradeTests : IDisposable
{
    private const string Packed = "layout = packed\n";

    private readonly TempFolder _folder = new();
    private readonly TransferSandbox _sandbox = new(Token);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _sandbox.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(Packed)]
    [InlineData(Packed + "compress = zstd\n")]
    public async Task What_lay_there_is_read_as_before_and_what_comes_is_packed(string options)
    {
        Dictionary<string, string> files = Enumerable.Range(0, 60).ToDictionary(i => $"part{i % 3}/{i}.txt", i => $"content {i}");
        RootKey old = await _sandbox.AddAsync("data", files);
        await _sandbox.PushAsync([old]);
        int alone = (await _sandbox.Blobs.NamesAsync("dvstore/v1/objects/", Token)).Count;

        RemoteUpgradeResult result = await UpgradeAsync(options);
        files["part0/new.txt"] = "new";
        RootKey edited = await _sandbox.AddAsync("data", files);
        TransferResult push = await _sandbox.PushAsync([edited], [old]);
        TransferResult fetchedOld = await _sandbox.FetchAsync(old);
        Dictionary<string, string> first = await _sandbox.ReadAllAsync(_sandbox.There.Cache, old);
        TransferResult fetchedNew = await _sandbox.FetchAsync(edited);

        Assert.Equal((StoreFormat.Plain, true), (result.Before, result.Now.Packs));
        Assert.Empty(push.Failed.Concat(fetchedOld.Failed).Concat(fetchedNew.Failed));
        // The new file, its folder, and the root: packed, and nothing that was there is sent again.
        Assert.Equal(3, push.Objects);
        Assert.Equal(alone, (await _sandbox.Blobs.NamesAsync("dvstore/v1/objects/", Token)).Count);
        Assert.Equal(60, first.Count);
        Assert.Equal(files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, edited));
    }

    [Fact]
    public async Task A_deep_push_finds_what_lay_there_before()
    {
        RootKey root = await _sandbox.AddAsync("data", Enumerable.Range(0, 60).ToDictionary(i => $"{i}.txt", i => $"content {i}"));
        await _sandbox.PushAsync([root]);
        await UpgradeAsync(Packed);

        TransferResult deep = await _sandbox.PushAsync([root], deep: true);

        Assert.Equal((0, 61), (deep.Objects, deep.Skipped));
        Assert.Empty(await _sandbox.Blobs.NamesAsync("dvstore/v1/packs/", Token));
    }

    [Fact]
    public async Task It_adds_and_never_takes_away_and_keeps_the_id()
    {
        await _sandbox.PushAsync([await _sandbox.AddFileAsync("file", "text")]);
        string? id = (await _sandbox.OpenAsync(create: false)).RemoteId;

        await UpgradeAsync(Packed + "compress = zstd\n");
        RemoteUpgradeResult again = await UpgradeAsync(Packed);

        ObjectStore store = await _sandbox.OpenAsync(create: false);
        Assert.Equal((id, new StoreFormat(true, true)), (store.RemoteId, store.Format));
        Assert.Equal((store.Format, store.Format), (again.Before, again.Now));
    }

    [Fact]
    public async Task What_cannot_be_upgraded_is_refused_and_nothing_is_written()
    {
        UsageException nothingThere = await Assert.ThrowsAsync<UsageException>(() => UpgradeAsync(Packed));
        UsageException nothingAsked = await Assert.ThrowsAsync<UsageException>(() => UpgradeAsync(""));

        Assert.Equal("nothing was pushed to remote 'origin' yet", nothingThere.Message);
        Assert.Equal("the settings of remote 'origin' ask for nothing more than plain", nothingAsked.Message);
        Assert.Empty(await _sandbox.Blobs.NamesAsync("", Token));
    }

    private async Task<RemoteUpgradeResult> UpgradeAsync(string options)
    {
        Directory.CreateDirectory(_folder.At(".dv"));
        await File.WriteAllTextAsync(_folder.At(".dv/config.local"), $"[remote \"origin\"]\nurl = s3://bucket/x\n{options}", Token);
        using Repository repository = Repository.Open(_folder.Path, new HostEnvironment(), (_, _) => _sandbox.Blobs);
        return await new RemoteUpgrade(repository).RunAsync("origin", Token);
    }
}
