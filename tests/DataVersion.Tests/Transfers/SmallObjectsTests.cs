using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class SmallObjectsTests : IDisposable
{
    private readonly TransferSandbox _sandbox = new(TestContext.Current.CancellationToken);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task What_came_is_read_once_and_in_the_cache_at_the_end()
    {
        ObjectKey key = await PlantAsync("tree"u8.ToArray());
        await using (var small = new SmallObjects(_sandbox.There.Cache))
        {
            foreach (byte[] bytes in await Task.WhenAll(ReadAsync(small, key), ReadAsync(small, key)))
                Assert.Equal("tree"u8.ToArray(), bytes);
            _sandbox.Blobs.ForgetCalls();
            Assert.Equal("tree"u8.ToArray(), await ReadAsync(small, key));
            Assert.Empty(_sandbox.Blobs.Calls);
        }
        Assert.True(_sandbox.There.Cache.Contains(key));
        Assert.Empty(_sandbox.There.Leftovers());
    }

    [Fact]
    public async Task Of_many_those_that_came_first_are_published_and_held_no_longer()
    {
        await using var small = new SmallObjects(_sandbox.There.Cache);
        var keys = new List<ObjectKey>();
        for (byte i = 0; i < 4; i++)
        {
            keys.Add(await PlantAsync([.. Enumerable.Repeat(i, 9 << 20)]));
            await ReadAsync(small, keys[^1]);
            // 36 MiB are more than are held.
            Assert.All(keys, k => Assert.Equal(i == 3, _sandbox.There.Cache.Contains(k)));
        }
        Assert.Equal(9 << 20, (await ReadAsync(small, keys[0])).Length);
    }

    [Fact]
    public async Task Where_the_cache_takes_nothing_all_is_held()
    {
        Directory.CreateDirectory(_sandbox.There.Cache.Root);
        File.WriteAllText(_sandbox.There.Cache.Layout.Temporary, "no folder");
        await using var small = new SmallObjects(_sandbox.There.Cache);
        ObjectKey[] keys = [await PlantAsync("one"u8.ToArray()), await PlantAsync("two"u8.ToArray())];
        foreach (ObjectKey key in keys)
            await ReadAsync(small, key);
        _sandbox.Blobs.ForgetCalls();

        Assert.Equal("one"u8.ToArray(), await ReadAsync(small, keys[0]));
        Assert.Equal("two"u8.ToArray(), await ReadAsync(small, keys[1]));
        Assert.Empty(_sandbox.Blobs.Calls);
    }

    [Fact]
    public async Task A_bad_one_is_not_kept()
    {
        ObjectKey key = await PlantAsync("tree"u8.ToArray());
        _sandbox.Blobs.On(Verb.Read, new Fault.FlipsByte(1), ObjectLayout.NameOf(key), times: 2);
        await using var small = new SmallObjects(_sandbox.There.Cache);

        await Assert.ThrowsAsync<ObjectCorruptException>(() => ReadAsync(small, key));

        Assert.Equal("tree"u8.ToArray(), await ReadAsync(small, key));
    }

    private Task<byte[]> ReadAsync(SmallObjects small, ObjectKey key) => small.ReadAsync(key, TreeLimits.MaxTreeBytes, _ => _sandbox.OpenAsync(create: false), Token);

    private async Task<ObjectKey> PlantAsync(byte[] bytes)
    {
        ObjectKey key = ObjectKey.Tree(IdentityHash.Of(HashKind.Sha256, bytes));
        PushSession session = await (await _sandbox.OpenAsync(create: true)).BeginPushAsync(Token);
        await session.PutAsync(key, new BytesContent(bytes), null, Token);
        return key;
    }
}
