using System.Collections.Concurrent;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.Tests.Caching;

public sealed class RangeReceiverTests : IDisposable
{
    private readonly CacheSandbox _sandbox = new();
    private readonly byte[] _bytes = Pattern((3 * BlockHasher.BlockSize) + 12_345);
    private readonly ConcurrentBag<int> _asked = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ObjectKey Key => CacheSandbox.KeyOf(_bytes);

    private string[] Temporary => [.. Directory.EnumerateFiles(Path.Join(_sandbox.Options.Directory, "tmp"), ".*").Select(Path.GetFileName).OfType<string>()];

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Ranges_become_the_object_and_nothing_is_asked_for_twice()
    {
        long told = 0;

        Assert.True(await ReceiveAsync(Serve(_bytes), n => Interlocked.Add(ref told, n)));

        Assert.Equal([0, 1, 2, 3], _asked.Order());
        Assert.Equal(_bytes.Length, told);
        Assert.True(_sandbox.Cache.IsTrusted(Key));
        Assert.Equal(_bytes, await File.ReadAllBytesAsync(_sandbox.Cache.PathOf(Key), Token));
        Assert.Empty(Temporary);
        Assert.True(await _sandbox.OpenAsStranger().VerifyAsync(Key, Token));
    }

    [Fact]
    public async Task What_was_received_before_an_interruption_is_not_asked_for_again()
    {
        await Assert.ThrowsAsync<RemoteException>(() => ReceiveAsync(
            (range, token) => range.Offset >= 2L * BlockHasher.BlockSize ? throw new RemoteException("test", "gone") : Serve(_bytes)(range, token), atOnce: 1));
        Assert.False(_sandbox.Cache.Contains(Key));
        Assert.Single(Temporary);
        _asked.Clear();
        long told = 0;

        Assert.True(await ReceiveAsync(Serve(_bytes), n => Interlocked.Add(ref told, n)));

        Assert.Equal([2, 3], _asked.Order());
        Assert.Equal(_bytes.Length, told);
        Assert.True(await _sandbox.Cache.VerifyAsync(Key, Token));
        Assert.Empty(Temporary);
    }

    [Fact]
    public async Task A_kept_block_that_was_damaged_is_asked_for_again()
    {
        await Assert.ThrowsAsync<RemoteException>(() => ReceiveAsync(
            (range, token) => range.Offset >= 3L * BlockHasher.BlockSize ? throw new RemoteException("test", "gone") : Serve(_bytes)(range, token), atOnce: 1));
        await using (FileStream partial = File.OpenWrite(Path.Join(_sandbox.Options.Directory, "tmp", Assert.Single(Temporary))))
        {
            partial.Position = BlockHasher.BlockSize + 5;
            partial.WriteByte((byte)(_bytes[BlockHasher.BlockSize + 5] + 1));
        }
        _asked.Clear();

        Assert.True(await ReceiveAsync(Serve(_bytes)));

        Assert.Equal([1, 3], _asked.Order());
        Assert.True(await _sandbox.Cache.VerifyAsync(Key, Token));
    }

    [Fact]
    public async Task Damage_on_the_way_is_healed_by_asking_for_that_block_again()
    {
        int times = 0;
        byte[] damaged = [.. _bytes];
        damaged[BlockHasher.BlockSize + 1]++;

        Assert.True(await ReceiveAsync((range, token) =>
            Serve(range.Offset == BlockHasher.BlockSize && Interlocked.Increment(ref times) == 1 ? damaged : _bytes)(range, token)));

        Assert.Equal([0, 1, 1, 2, 3], _asked.Order());
        Assert.True(await _sandbox.Cache.VerifyAsync(Key, Token));
    }

    [Fact]
    public async Task Wrong_bytes_on_the_remote_are_refused_and_leave_nothing()
    {
        byte[] wrong = [.. _bytes];
        wrong[^1]++;

        var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => ReceiveAsync(Serve(wrong)));

        Assert.Equal(Key.Id.ToString(), error.Id);
        Assert.False(_sandbox.Cache.Contains(Key));
        Assert.Empty(Temporary);
    }

    [Fact]
    public async Task A_block_list_that_fits_other_bytes_proves_nothing()
    {
        byte[] wrong = [.. _bytes];
        wrong[100]++;

        await Assert.ThrowsAsync<ObjectCorruptException>(() => ReceiveAsync(Serve(wrong), blocks: ListOf(wrong)));

        Assert.False(_sandbox.Cache.Contains(Key));
        Assert.Empty(Temporary);
    }

    [Fact]
    public async Task A_remote_object_that_is_too_short_is_refused()
    {
        await Assert.ThrowsAsync<ObjectCorruptException>(() => ReceiveAsync(Serve(_bytes[..^1])));

        Assert.False(_sandbox.Cache.Contains(Key));
    }

    [Fact]
    public async Task While_another_process_receives_it_nothing_is_done()
    {
        Directory.CreateDirectory(Path.Join(_sandbox.Options.Directory, "tmp"));
        using PartialObject? other = PartialObject.TryOpen(_sandbox.Cache.Layout, Key);
        Assert.NotNull(other);

        Assert.False(await ReceiveAsync(Serve(_bytes)));

        Assert.Empty(_asked);
        Assert.False(_sandbox.Cache.Contains(Key));
    }

    [Fact]
    public async Task What_nobody_went_on_with_for_a_week_is_removed()
    {
        await Assert.ThrowsAsync<RemoteException>(() => ReceiveAsync((_, _) => throw new RemoteException("test", "gone")));
        string partial = Path.Join(_sandbox.Options.Directory, "tmp", Assert.Single(Temporary));

        await _sandbox.OpenAgain().BeginBatch(Token).DisposeAsync();
        Assert.True(File.Exists(partial));
        File.SetLastWriteTimeUtc(partial, DateTime.UtcNow - TimeSpan.FromDays(8));
        await _sandbox.OpenAgain().BeginBatch(Token).DisposeAsync();

        Assert.False(File.Exists(partial));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_came_into_a_cache_of_its_own_stays_in_memory_once_and_into_a_common_one_twice(bool common)
    {
        var cache = new LocalCache(_sandbox.Options with { Claims = common, Links = [LinkKind.Copy] }, VerifiedObjects.Load(_sandbox.VerifiedFile));
        await using (CacheBatch batch = cache.BeginBatch(Token))
            Assert.True(await batch.TryReceiveRangesAsync(Key, _bytes.Length, ListOf(_bytes), Serve(_bytes), 3, null, Token));

        await _sandbox.PlaceAsync(cache, Key, "f", Token);

        Assert.Equal(common, MemoryUsage.Of(cache.PathOf(Key)) > _bytes.Length / 2);
        Assert.InRange(MemoryUsage.Of(Path.Combine(_sandbox.Workspace, "f")), _bytes.Length / 2, 2L * _bytes.Length);
    }

    private async Task<bool> ReceiveAsync(RangeOpener open, Action<long>? progress = null, int atOnce = 3, byte[]? blocks = null)
    {
        await using CacheBatch batch = _sandbox.Cache.BeginBatch(Token);
        return await batch.TryReceiveRangesAsync(Key, _bytes.Length, blocks ?? ListOf(_bytes), open, atOnce, progress, Token);
    }

    private RangeOpener Serve(byte[] bytes) => (range, _) =>
    {
        _asked.Add((int)(range.Offset / BlockHasher.BlockSize));
        int offset = (int)Math.Min(range.Offset, bytes.Length);
        return Task.FromResult<Stream>(new MemoryStream(bytes, offset, (int)Math.Min(range.Length, bytes.Length - offset)));
    };

    private static byte[] ListOf(byte[] bytes)
    {
        using var hasher = new BlockHasher();
        hasher.Append(bytes);
        return hasher.Finish();
    }

    private static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        return bytes;
    }
}
