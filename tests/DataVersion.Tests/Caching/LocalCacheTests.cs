using System.Text;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Testing.Caching;
using Xunit;

namespace DataVersion.Tests.Caching;

public sealed class LocalCacheTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hands_out_what_was_put()
    {
        using var box = new CacheSandbox();
        ObjectKey key = await box.PutAsync("tree"u8.ToArray(), Cancel);

        Assert.Equal("tree"u8.ToArray(), await box.Cache.ReadSmallAsync(key, 4, Cancel));
        using var reader = new StreamReader(box.Cache.Open(key).OpenRead(2));
        Assert.Equal("ee", await reader.ReadToEndAsync(Cancel));
    }

    [Fact]
    public async Task Refuses_to_put_bytes_under_another_name()
    {
        using var box = new CacheSandbox();
        await using CacheBatch batch = box.Cache.BeginBatch(Cancel);

        await Assert.ThrowsAsync<ArgumentException>(() => batch.PutAsync(CacheSandbox.KeyOf([1]), new byte[] { 2 }, Cancel));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(5000)]
    public async Task Finds_what_is_missing_in_order(int count)
    {
        using var box = new CacheSandbox();
        ObjectKey present = await box.PutAsync([1], Cancel);
        ObjectKey[] keys = [.. Enumerable.Range(0, count).Select(i => CacheSandbox.KeyOf(Encoding.UTF8.GetBytes($"{i}"))), present, ObjectKey.Tree(present.Id)];

        IReadOnlyList<ObjectKey> missing = box.Cache.FindMissing(keys);

        Assert.Equal(keys.Where(key => key != present), missing);
    }

    [Fact]
    public async Task Keeps_trees_and_contents_apart()
    {
        using var box = new CacheSandbox();
        ObjectKey content = await box.PutAsync("x"u8.ToArray(), Cancel);

        Assert.False(box.Cache.Contains(ObjectKey.Tree(content.Id)));
        Assert.True(box.Cache.TryParsePath(box.Cache.PathOf(content), out ObjectKey parsed));
        Assert.Equal(content, parsed);
        Assert.False(box.Cache.TryParsePath(Path.Combine(box.Cache.Root, "tmp", "x"), out _));
        Assert.False(box.Cache.TryParsePath("/etc/passwd", out _));
    }

    [Fact]
    public async Task Moves_a_corrupt_object_aside_so_that_it_counts_as_missing()
    {
        using var box = new CacheSandbox();
        ObjectKey key = await box.PutAsync("right"u8.ToArray(), Cancel);
        box.Damage(key);

        ObjectCorruptException error = await Assert.ThrowsAsync<ObjectCorruptException>(() => box.Cache.EnsureTrustedAsync(key, Cancel));

        Assert.Contains(key.Id.Hex, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
        Assert.False(box.Cache.Contains(key));
        Assert.Single(Directory.GetFiles(Path.Combine(box.Cache.Root, "corrupt")));
        await Assert.ThrowsAsync<ObjectMissingException>(() => box.Cache.ReadSmallAsync(key, 100, Cancel));
        await box.PutAsync("right"u8.ToArray(), Cancel);
        Assert.True(await box.Cache.VerifyAsync(key, Cancel));
    }

    [Fact]
    public async Task Hashes_small_objects_whenever_they_are_read()
    {
        using var box = new CacheSandbox();
        ObjectKey key = await box.PutAsync("right"u8.ToArray(), Cancel);
        LocalCache trusting = new(box.Options with { Trust = true }, VerifiedObjects.Load(box.VerifiedFile));
        box.Damage(key);

        await Assert.ThrowsAsync<ObjectCorruptException>(() => trusting.ReadSmallAsync(key, 100, Cancel));
    }

    [Fact]
    public async Task Refuses_a_small_object_that_is_too_large()
    {
        using var box = new CacheSandbox();
        ObjectKey key = await box.PutAsync(new byte[100], Cancel);

        await Assert.ThrowsAsync<ObjectCorruptException>(() => box.Cache.ReadSmallAsync(key, 99, Cancel));
    }

    [Fact]
    public async Task Trusts_what_it_stored_and_what_an_earlier_command_did()
    {
        using var box = new CacheSandbox();
        ObjectKey key = await box.PutAsync("bytes"u8.ToArray(), Cancel);

        Assert.True(box.Cache.IsTrusted(key));
        Assert.True(box.OpenAgain().IsTrusted(key));
        Assert.False(box.OpenAsStranger().IsTrusted(key));
    }

    [Fact]
    public async Task Trusts_no_object_whose_times_or_mode_moved()
    {
        using var box = new CacheSandbox();
        ObjectKey key = await box.PutAsync("bytes"u8.ToArray(), Cancel);

        CacheSandbox.SetMode(box.Cache.PathOf(key), UnixFileMode.UserRead);

        Assert.False(box.Cache.IsTrusted(key));
        await box.Cache.EnsureTrustedAsync(key, Cancel);
        Assert.True(box.Cache.IsTrusted(key));
    }

    [Fact]
    public async Task Takes_a_trusted_cache_as_it_is()
    {
        using var box = new CacheSandbox();
        ObjectKey key = await box.PutAsync("bytes"u8.ToArray(), Cancel);
        LocalCache trusting = new(box.Options with { Trust = true }, VerifiedObjects.Load(box.VerifiedFile + "2"));
        box.Damage(key);

        await trusting.EnsureTrustedAsync(key, Cancel);
        Assert.False(await trusting.VerifyAsync(key, Cancel));
    }

    [Fact]
    public async Task Receives_what_was_declared()
    {
        using var box = new CacheSandbox();
        byte[] bytes = new byte[2_000_000];
        bytes[^1] = 1;
        await using CacheBatch batch = box.Cache.BeginBatch(Cancel);

        await batch.ReceiveAsync(CacheSandbox.KeyOf(bytes), bytes.Length, new MemoryStream(bytes), null, Cancel);
        await batch.CommitAsync(Cancel);

        Assert.True(box.Cache.IsTrusted(CacheSandbox.KeyOf(bytes)));
        Assert.Equal(bytes, await box.Cache.ReadSmallAsync(CacheSandbox.KeyOf(bytes), bytes.Length, Cancel));
    }

    [Theory]
    [InlineData("wrong", 5)]
    [InlineData("right and more", 5)]
    [InlineData("rig", 5)]
    [InlineData("right", 6)]
    public async Task Stores_nothing_that_is_not_what_was_declared(string sent, int declared)
    {
        using var box = new CacheSandbox();
        ObjectKey key = CacheSandbox.KeyOf("right"u8.ToArray());
        await using CacheBatch batch = box.Cache.BeginBatch(Cancel);

        await Assert.ThrowsAsync<ObjectCorruptException>(() =>
            batch.ReceiveAsync(key, declared, new MemoryStream(Encoding.ASCII.GetBytes(sent)), null, Cancel));

        await batch.CommitAsync(Cancel);
        Assert.False(box.Cache.Contains(key));
        Assert.Empty(box.Leftovers());
    }

    [Fact]
    public async Task Says_after_a_failed_publication_that_the_commit_failed_too()
    {
        using var box = new CacheSandbox();
        await using CacheBatch batch = box.Cache.BeginBatch(Cancel);
        await batch.PutAsync(CacheSandbox.KeyOf([1]), new byte[] { 1 }, Cancel);
        // A file where a folder must be: nothing can be published, not even by root.
        await File.WriteAllTextAsync(Path.Combine(box.Cache.Root, "objects"), "", Cancel);

        await Assert.ThrowsAsync<FileAccessException>(() => batch.CommitAsync(Cancel));
        await Assert.ThrowsAsync<FileAccessException>(() => batch.CommitAsync(Cancel));
        Assert.Empty(box.Leftovers());
    }

    [Fact]
    public async Task Removes_what_dead_processes_left_and_nothing_else()
    {
        using var box = new CacheSandbox();
        await box.Cache.BeginBatch(Cancel).DisposeAsync();
        string temp = Path.Combine(box.Cache.Root, "tmp");
        using var child = System.Diagnostics.Process.Start("true");
        await child.WaitForExitAsync(Cancel);
        string own = TempNames.Create();
        string dead = own.Replace($"-{Environment.ProcessId}.", $"-{child.Id}.", StringComparison.Ordinal);
        string foreign = TempNames.Prefix + $"ffffffff-{child.Id}.{new string('0', 16)}.x";
        string old = TempNames.Prefix + $"ffffffff-{child.Id}.{new string('1', 16)}.x";
        foreach (string name in new[] { own, dead, foreign, old })
            await File.WriteAllTextAsync(Path.Combine(temp, name), "", Cancel);
        File.SetLastWriteTimeUtc(Path.Combine(temp, old), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        await box.OpenAgain().BeginBatch(Cancel).DisposeAsync();

        Assert.Equal(new[] { own, foreign }.Order(), Directory.GetFiles(temp).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Makes_a_shared_cache_writable_for_the_group()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no modes");
        using var box = new CacheSandbox();
        var options = box.Options with { Shared = true };

        LocalCache cache = new(options, VerifiedObjects.Load(box.VerifiedFile));
        await cache.BeginBatch(Cancel).DisposeAsync();

        Assert.Equal((UnixFileMode)Convert.ToInt32("2775", 8), FileStat.TryGet(Path.Combine(options.Directory, "tmp"))!.Value.Mode);
    }
}
