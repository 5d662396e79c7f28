using System.Security.Cryptography;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.Tests.Caching;

/// <summary>The cache on disks that are full, read-only, elsewhere, or that share blocks.</summary>
public sealed class DiskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Shares_blocks_where_the_disk_can(bool xfs)
    {
        using LoopFileSystem disk = xfs ? LoopFileSystem.Xfs() : LoopFileSystem.Btrfs();
        using var box = new CacheSandbox(disk.Root, []);
        byte[] bytes = RandomNumberGenerator.GetBytes(5_000_000);
        string path = box.Write("f", bytes);
        var meter = new ReadMeter();
        ContentPump.Meter.Value = meter;

        AdoptedFile adopted = await box.AdoptAsync(path, Cancel);
        ContentPump.Meter.Value = null;
        ObjectKey key = ObjectKey.Content(adopted.Content.Id);
        PlacedFile placed = await box.PlaceAsync(box.Cache, key, "g", Cancel);
        await File.WriteAllTextAsync(Path.Combine(box.Workspace, "g"), "edited", Cancel);

        Assert.Equal([LinkKind.Reflink, LinkKind.Reflink], [adopted.Link, placed.Link]);
        Assert.True(placed.IsSettled);
        Assert.Equal(5_000_000, meter.Bytes);
        Assert.True(await box.Cache.VerifyAsync(key, Cancel));
        Assert.Empty(box.Leftovers());
    }

    [Fact]
    public async Task Checks_a_clone_of_what_it_does_not_trust()
    {
        using LoopFileSystem disk = LoopFileSystem.Btrfs();
        using var box = new CacheSandbox(disk.Root, [LinkKind.Reflink]);
        ObjectKey key = await box.PutAsync(RandomNumberGenerator.GetBytes(100_000), Cancel);
        LocalCache stranger = box.OpenAsStranger();
        await box.PlaceAsync(stranger, key, "good", Cancel);
        Assert.True(stranger.IsTrusted(key));
        box.Damage(key);

        await Assert.ThrowsAsync<ObjectCorruptException>(() => box.PlaceAsync(stranger, key, "bad", Cancel));
        Assert.False(File.Exists(Path.Combine(box.Workspace, "bad")));
    }

    [Theory]
    [InlineData(LinkKind.Hardlink)]
    [InlineData(LinkKind.Reflink)]
    public async Task Copies_between_disks_and_says_so_once(LinkKind kind)
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(64);
        using var box = new CacheSandbox(kind);
        string elsewhere = Path.Combine(disk.Root, "f");
        byte[] bytes = RandomNumberGenerator.GetBytes(2_000_000);
        await File.WriteAllBytesAsync(elsewhere, bytes, Cancel);

        AdoptedFile adopted = await box.AdoptAsync(elsewhere, Cancel);
        using SafeDirectory parent = SafeDirectory.Open(disk.Root, "", create: false);
        var linker = new Linker(box.Cache, box.Warnings.Add);
        foreach (string name in new[] { "a", "b" })
        {
            PlacedFile placed = await linker.PlaceAsync(adopted.Content.Id, bytes.Length, false, parent, name, box.Temp, ReplaceGuard.Absent, Cancel);
            Assert.Equal(LinkKind.Copy, placed.Link);
            Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(disk.Root, name), Cancel));
        }

        Assert.Equal(LinkKind.Copy, adopted.Link);
        Assert.Single(box.Warnings);
        Assert.Empty(Directory.GetFiles(disk.Root, ".dv-tmp*"));
    }

    [Fact]
    public async Task A_clone_refused_on_one_disk_is_not_given_up_on_another()
    {
        using LoopFileSystem sharing = LoopFileSystem.Btrfs();
        using LoopFileSystem other = LoopFileSystem.Ext4(64);
        using var box = new CacheSandbox(sharing.Root, [LinkKind.Reflink]);
        ObjectKey key = await box.PutAsync(RandomNumberGenerator.GetBytes(100_000), Cancel);
        using SafeDirectory elsewhere = SafeDirectory.Open(other.Root, "", create: false);
        using SafeDirectory here = SafeDirectory.Open(box.Workspace, "", create: false);
        var linker = new Linker(box.Cache, box.Warnings.Add);
        var links = new List<LinkKind>();

        foreach ((SafeDirectory parent, string name) in new[] { (elsewhere, "a"), (elsewhere, "b"), (here, "c"), (elsewhere, "d") })
            links.Add((await linker.PlaceAsync(key.Id, 100_000, false, parent, name, box.Temp, ReplaceGuard.Absent, Cancel)).Link);

        Assert.Equal([LinkKind.Copy, LinkKind.Copy, LinkKind.Reflink, LinkKind.Copy], links);
    }

    [Fact]
    public async Task Says_that_the_disk_of_the_cache_is_full_and_works_again_when_it_is_not()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(16);
        using var box = new CacheSandbox(disk.Root, []);
        string filler = Path.Combine(disk.Root, "filler");
        await box.PutAsync([1], Cancel);
        Fill(filler);
        using var elsewhere = new CacheSandbox();
        string small = elsewhere.Write("small", RandomNumberGenerator.GetBytes(500_000));
        string large = elsewhere.Write("large", RandomNumberGenerator.GetBytes(5_000_000));

        foreach (string path in new[] { small, large })
        {
            FileAccessException error = await Assert.ThrowsAsync<FileAccessException>(() => box.AdoptAsync(path, Cancel));
            Assert.True(error.IsDiskFull, error.Message);
            Assert.Contains("no space left on the disk", error.Message, StringComparison.Ordinal);
        }
        await using (CacheBatch batch = box.Cache.BeginBatch(Cancel))
        {
            byte[] bytes = await File.ReadAllBytesAsync(large, Cancel);
            var error = await Assert.ThrowsAsync<FileAccessException>(() => batch.ReceiveAsync(CacheSandbox.KeyOf(bytes), bytes.Length, new MemoryStream(bytes), null, Cancel));
            Assert.True(error.IsDiskFull, error.Message);
        }
        Assert.Empty(box.Leftovers());
        Assert.Single(box.Cache.List());

        File.Delete(filler);
        AdoptedFile adopted = await box.AdoptAsync(large, Cancel);
        Assert.True(await box.Cache.VerifyAsync(ObjectKey.Content(adopted.Content.Id), Cancel));
    }

    [Fact]
    public async Task Places_nothing_on_a_full_disk_and_leaves_what_was_there()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(16);
        using var box = new CacheSandbox();
        ObjectKey key = await box.PutAsync(RandomNumberGenerator.GetBytes(3_000_000), Cancel);
        string path = Path.Combine(disk.Root, "f");
        await File.WriteAllTextAsync(path, "old", Cancel);
        Fill(Path.Combine(disk.Root, "filler"));
        using SafeDirectory parent = SafeDirectory.Open(disk.Root, "", create: false);

        FileAccessException error = await Assert.ThrowsAsync<FileAccessException>(() =>
            new Linker(box.Cache, box.Warnings.Add).PlaceAsync(key.Id, null, false, parent, "f", box.Temp, ReplaceGuard.None, Cancel));

        Assert.True(error.IsDiskFull, error.Message);
        Assert.Equal(path, error.Path);
        Assert.Equal("old", await File.ReadAllTextAsync(path, Cancel));
        Assert.Equal(["f", "filler", "lost+found"], Directory.GetFileSystemEntries(disk.Root).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Reads_from_a_cache_that_is_read_only()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(32);
        using var box = new CacheSandbox();
        using var writer = new CacheSandbox(disk.Root, []);
        ObjectKey key = await writer.PutAsync("bytes"u8.ToArray(), Cancel);
        LocalCache reader = new(writer.Options, VerifiedObjects.Load(box.VerifiedFile));
        disk.SetReadOnly(true);
        try
        {
            await box.PlaceAsync(reader, key, "f", Cancel);
            Assert.Equal("bytes", await File.ReadAllTextAsync(Path.Combine(box.Workspace, "f"), Cancel));
            Assert.Throws<FileAccessException>(() => reader.BeginBatch(Cancel));
        }
        finally
        {
            disk.SetReadOnly(false);
        }
    }

    private static void Fill(string path)
    {
        byte[] block = new byte[4096];
        RandomNumberGenerator.Fill(block);
        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
            while (true)
                file.Write(block);
        }
        catch (IOException)
        {
            // Full, as intended.
        }
    }
}
