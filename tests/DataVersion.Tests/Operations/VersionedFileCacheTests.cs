using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Testing.Caching;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Operations;

/// <summary>Reading one file of a version where the cache has it, has it damaged, or takes nothing.</summary>
public sealed class VersionedFileCacheTests : IDisposable
{
    private const int Block = BlockHasher.BlockSize;

    private readonly VersionScene _scene = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task From_the_cache_no_remote_is_asked()
    {
        await _scene.PushLargeAsync();
        await new Fetch(_scene.There, SilentMonitor.Instance).RunAsync(VersionScene.Request(_scene.There), Token);
        int reads = _scene.Store.Reads.Count;

        await using VersionedFile file = await _scene.OpenAsync("data/large.bin");
        using var output = new MemoryStream();
        await file.CopyToAsync(5, 3 * Block, output, Token);

        Assert.True(output.ToArray().AsSpan().SequenceEqual(VersionScene.Large.AsSpan(5, 3 * Block)));
        Assert.Equal((reads, 0), (_scene.Store.Reads.Count, (int)file.Requests));
        Assert.Equal((VersionScene.LargeSize, "data/large.bin", CacheSandbox.KeyOf(VersionScene.Large).Id), (file.Size, file.Path, file.Id));
    }

    [Fact]
    public async Task Where_nobody_has_verified_the_cache_a_part_is_proved_by_its_blocks()
    {
        await _scene.PushLargeAsync();
        await new Fetch(_scene.There, SilentMonitor.Instance).RunAsync(VersionScene.Request(_scene.There), Token);
        string verified = _scene.There.Layout.VerifiedFile;
        _scene.Reopen();
        File.Delete(verified);
        ObjectKey key = CacheSandbox.KeyOf(VersionScene.Large);
        int reads = _scene.Store.Reads.Count;

        Assert.Equal(VersionScene.Large[..10], await _scene.ReadAsync("data/large.bin", 0, 10));

        // The whole was not hashed for it.
        Assert.False(_scene.There.Cache.IsTrusted(key));
        Assert.Equal(reads, _scene.Store.Reads.Count);
        Damage(key, Block + 7);
        Assert.Equal(VersionScene.Large[..10], await _scene.ReadAsync("data/large.bin", 0, 10));
        // What is damaged is put aside, and comes from the remote.
        Assert.Equal(VersionScene.Large[(Block - 10)..(Block + 10)], await _scene.ReadAsync("data/large.bin", Block - 10, 20));
        Assert.False(_scene.There.Cache.Contains(key));
        Assert.True(_scene.Store.Reads.Count > reads);
    }

    [Fact]
    public async Task A_damaged_object_of_the_cache_is_never_written_out()
    {
        _scene.Write("a.txt", "hello, world");
        await _scene.PushAsync("a.txt");
        await new Fetch(_scene.There, SilentMonitor.Instance).RunAsync(VersionScene.Request(_scene.There), Token);
        Damage(CacheSandbox.KeyOf("hello, world"u8.ToArray()), 3);

        Assert.Equal("hello"u8.ToArray(), await _scene.ReadAsync("a.txt", 0, 5));

        _scene.Reopen();
        await new Fetch(_scene.There, SilentMonitor.Instance).RunAsync(VersionScene.Request(_scene.There), Token);
        Damage(CacheSandbox.KeyOf("hello, world"u8.ToArray()), 3);
        File.WriteAllText(Path.Combine(_scene.There.Layout.DotDv, "config.local"), "");
        using Repository alone = Repository.Open(_scene.There.Layout.Root, new HostEnvironment(), (_, _) => throw new InvalidOperationException());
        using var output = new MemoryStream();
        await using VersionedFile file = await new OpenFile(alone, SilentMonitor.Instance).RunAsync(new OpenFileRequest { Path = "a.txt", WorkingDirectory = alone.Layout.Root }, Token);
        await Assert.ThrowsAsync<ObjectCorruptException>(() => file.CopyToAsync(0, null, output, Token));
        Assert.Equal(0, output.Length);
    }

    [Fact]
    public async Task Where_the_cache_cannot_be_written_to_reading_works_all_the_same()
    {
        await _scene.PushLargeAsync();
        File.WriteAllText(_scene.There.Cache.Layout.Temporary, "no folder");

        Assert.Equal(VersionScene.Large[..10], await _scene.ReadAsync("data/large.bin", 0, 10));
        Assert.Equal([$"File data/large.bin {VersionScene.LargeSize}"], await _scene.ListAsync(VersionScene.Recursive));
        Assert.Empty(_scene.There.Cache.List());
    }

    private void Damage(ObjectKey key, int at)
    {
        string path = _scene.There.Cache.PathOf(key);
        CacheSandbox.SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = at;
        int value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value + 1));
    }
}
