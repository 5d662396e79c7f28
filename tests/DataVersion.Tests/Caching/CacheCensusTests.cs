using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Testing.Caching;
using Xunit;

namespace DataVersion.Tests.Caching;

public sealed class CacheCensusTests : IDisposable
{
    private readonly CacheSandbox _sandbox = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task The_state_stays_as_long_as_nothing_comes_or_goes()
    {
        ObjectKey first = await _sandbox.PutAsync([1], Cancellation);
        ObjectKey second = await _sandbox.PutAsync([2], Cancellation);
        UInt128 state = await SettledAsync();

        Assert.Equal(state, State());

        File.Delete(_sandbox.Cache.PathOf(first));
        Assert.NotEqual(state, await SettledAsync());
        state = await SettledAsync();
        await _sandbox.PutAsync([1], Cancellation);
        Assert.NotEqual(state, await SettledAsync());
        state = await SettledAsync();
        // Something else under the same name: a rename is a coming and a going.
        File.Move(_sandbox.Cache.PathOf(first), _sandbox.Cache.PathOf(second), overwrite: true);
        Assert.NotEqual(state, await SettledAsync());
        state = await SettledAsync();
        Directory.Delete(_sandbox.Cache.Root, recursive: true);
        Directory.CreateDirectory(_sandbox.Cache.Root);
        Assert.NotEqual(state, await SettledAsync());
    }

    [Fact]
    public async Task A_folder_that_changed_just_now_proves_nothing()
    {
        ObjectKey key = await _sandbox.PutAsync([1], Cancellation);
        string folder = Path.GetDirectoryName(_sandbox.Cache.PathOf(key))!;
        Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow.AddHours(1));

        Assert.Equal(UInt128.Zero, State());
    }

    [Fact]
    public async Task What_was_seen_at_the_same_state_is_there_and_anything_else_is_looked_for()
    {
        byte[] bytes = [1];
        ObjectKey key = await _sandbox.PutAsync(bytes, Cancellation);
        var entry = new TreeEntry { Kind = TreeEntryKind.File, Name = "x", Id = key.Id, Size = 1 };
        TreeEntry missing = entry with { Id = CacheSandbox.KeyOf([2]).Id };
        UInt128 state = await SettledAsync();
        var census = new CacheCensus(_sandbox.Cache, seed: 1);

        Assert.True(await census.HoldsAsync(entry, 0, Cancellation));
        Assert.False(await census.HoldsAsync(missing, 0, Cancellation));
        Assert.False(await census.HoldsAsync(missing, state + 1, Cancellation));
        Assert.True(await census.HoldsAsync(missing, state, Cancellation));
    }

    [Fact]
    public async Task States_of_two_seeds_have_nothing_in_common()
    {
        await _sandbox.PutAsync([1], Cancellation);
        UInt128 state = await SettledAsync();

        Assert.NotEqual(state, new CacheCensus(_sandbox.Cache, seed: 2).StateOf(HashKind.Sha256));
    }

    [Fact]
    public async Task Finding_what_is_missing_among_thousands_gives_each_of_them_in_order()
    {
        ObjectKey here = await _sandbox.PutAsync([1], Cancellation);
        Directory.CreateDirectory(Path.Join(_sandbox.Cache.Layout.DirectoryOf(here), "folder"));
        await File.WriteAllTextAsync(Path.Join(_sandbox.Cache.Layout.DirectoryOf(here), "not-an-object"), "", Cancellation);
        List<ObjectKey> others = [.. Enumerable.Range(0, 5000).Select(i => CacheSandbox.KeyOf(BitConverter.GetBytes(i)))];

        Assert.Equal(others, _sandbox.Cache.FindMissing([.. others[..100], here, .. others[100..]]));
    }

    private UInt128 State() => new CacheCensus(_sandbox.Cache, seed: 1).StateOf(HashKind.Sha256);

    /// <summary>The state once all times are a little in the past.</summary>
    private async Task<UInt128> SettledAsync()
    {
        for (int attempt = 0; attempt < 200; attempt++)
        {
            if (State() is var state && state != 0)
                return state;
            await Task.Delay(10, Cancellation);
        }
        throw new InvalidOperationException("the file system's clock stands still");
    }
}
