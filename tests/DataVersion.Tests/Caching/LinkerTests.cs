using System.Security.Cryptography;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Testing.Caching;
using Xunit;

namespace DataVersion.Tests.Caching;

public sealed class LinkerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(3_000_000)]
    public async Task Places_a_copy_that_its_owner_may_write_to(int size)
    {
        using var box = new CacheSandbox(LinkKind.Copy);
        byte[] bytes = RandomNumberGenerator.GetBytes(size);
        ObjectKey key = await box.PutAsync(bytes, Cancel);

        PlacedFile placed = await box.PlaceAsync(box.Cache, key, "f", Cancel);

        string path = Path.Combine(box.Workspace, "f");
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path, Cancel));
        Assert.Equal(FileStat.TryGet(path)!.Value, placed.Stat);
        Assert.Equal(Umask.ForFile(executable: false), placed.Stat.Mode);
        Assert.True(placed.IsSettled);
        Assert.Empty(box.Leftovers());
    }

    [Fact]
    public async Task Replaces_a_file_and_a_link_but_not_what_the_link_points_to()
    {
        using var box = new CacheSandbox(LinkKind.Copy);
        ObjectKey key = await box.PutAsync("new"u8.ToArray(), Cancel);
        string target = box.Write("target", "mine"u8.ToArray());
        File.CreateSymbolicLink(Path.Combine(box.Workspace, "link"), target);
        box.Write("file", "old"u8.ToArray());

        await box.PlaceAsync(box.Cache, key, "link", Cancel);
        await box.PlaceAsync(box.Cache, key, "file", Cancel);

        Assert.Equal("mine", await File.ReadAllTextAsync(target, Cancel));
        Assert.Equal("new", await File.ReadAllTextAsync(Path.Combine(box.Workspace, "link"), Cancel));
        Assert.Equal(FileType.File, FileStat.TryGet(Path.Combine(box.Workspace, "link"))!.Value.Type);
        Assert.Equal("new", await File.ReadAllTextAsync(Path.Combine(box.Workspace, "file"), Cancel));
    }

    [Theory]
    [InlineData(LinkKind.Copy)]
    [InlineData(LinkKind.Reflink)]
    [InlineData(LinkKind.Hardlink)]
    [InlineData(LinkKind.Symlink)]
    public async Task Never_hands_out_a_changed_object(LinkKind kind)
    {
        using var box = new CacheSandbox(kind);
        ObjectKey key = await box.PutAsync("right"u8.ToArray(), Cancel);
        box.Damage(key);

        await Assert.ThrowsAsync<ObjectCorruptException>(() => box.PlaceAsync(box.OpenAgain(), key, "f", Cancel));

        Assert.Empty(Directory.GetFileSystemEntries(box.Workspace));
        Assert.Empty(box.Leftovers());
        Assert.False(box.Cache.Contains(key));
    }

    [Fact]
    public async Task Checks_in_the_copying_pass_what_it_does_not_trust_and_trusts_it_then()
    {
        using var box = new CacheSandbox(LinkKind.Copy);
        byte[] bytes = RandomNumberGenerator.GetBytes(2_000_000);
        ObjectKey key = await box.PutAsync(bytes, Cancel);
        LocalCache stranger = box.OpenAsStranger();
        var meter = new ReadMeter();
        ContentPump.Meter.Value = meter;

        await box.PlaceAsync(stranger, key, "f", Cancel);

        ContentPump.Meter.Value = null;
        Assert.Equal(2_000_000, meter.Bytes);
        Assert.True(stranger.IsTrusted(key));
    }

    [Fact]
    public async Task Hard_links_are_read_only_and_an_edit_through_one_is_found()
    {
        using var box = new CacheSandbox(LinkKind.Hardlink);
        ObjectKey key = await box.PutAsync("shared"u8.ToArray(), Cancel);
        PlacedFile one = await box.PlaceAsync(box.Cache, key, "one", Cancel);
        PlacedFile two = await box.PlaceAsync(box.Cache, key, "two", Cancel);
        Assert.Equal([LinkKind.Hardlink, LinkKind.Hardlink], [one.Link, two.Link]);
        Assert.True(one.Stat.IsReadOnly);
        Assert.True(box.Cache.IsTrusted(key));

        string path = Path.Combine(box.Workspace, "one");
        CacheSandbox.SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(path, "edited", Cancel);

        await Assert.ThrowsAsync<ObjectCorruptException>(() => box.PlaceAsync(box.Cache, key, "three", Cancel));
        Assert.Equal("edited", await File.ReadAllTextAsync(path, Cancel));
        Assert.False(box.Cache.Contains(key));
    }

    [Fact]
    public async Task Two_workspaces_that_link_one_object_both_keep_trusting_it_only_after_a_look()
    {
        using var box = new CacheSandbox(LinkKind.Hardlink);
        ObjectKey key = await box.PutAsync("shared"u8.ToArray(), Cancel);
        LocalCache other = box.OpenAsStranger();

        await box.PlaceAsync(other, key, "theirs", Cancel);

        Assert.False(box.Cache.IsTrusted(key));
        await box.PlaceAsync(box.Cache, key, "ours", Cancel);
        Assert.True(box.Cache.IsTrusted(key));
    }

    [Fact]
    public async Task Replaces_a_name_that_is_the_object_already()
    {
        using var box = new CacheSandbox(LinkKind.Hardlink);
        ObjectKey key = await box.PutAsync("same"u8.ToArray(), Cancel);
        await box.PlaceAsync(box.Cache, key, "f", Cancel);

        PlacedFile again = await box.PlaceAsync(box.Cache, key, "f", Cancel);

        Assert.Equal(2u, again.Stat.Links);
        Assert.Empty(box.Leftovers());
    }

    [Theory]
    [InlineData(LinkKind.Hardlink)]
    [InlineData(LinkKind.Symlink)]
    [InlineData(LinkKind.Copy)]
    public async Task Copies_executables_whatever_is_configured(LinkKind kind)
    {
        using var box = new CacheSandbox(kind);
        ObjectKey key = await box.PutAsync("#!/bin/sh\n"u8.ToArray(), Cancel);

        PlacedFile placed = await box.PlaceAsync(box.Cache, key, "run", Cancel, executable: true);

        Assert.Equal(LinkKind.Copy, placed.Link);
        Assert.Equal(Umask.ForFile(executable: true), placed.Stat.Mode);
        Assert.Empty(box.Warnings);
    }

    [Fact]
    public async Task Places_symbolic_links_to_the_object()
    {
        using var box = new CacheSandbox(LinkKind.Symlink);
        ObjectKey key = await box.PutAsync("bytes"u8.ToArray(), Cancel);
        box.Write("f", "old"u8.ToArray());

        PlacedFile placed = await box.PlaceAsync(box.Cache, key, "f", Cancel);

        Assert.Equal(LinkKind.Symlink, placed.Link);
        Assert.Equal(FileType.SymbolicLink, placed.Stat.Type);
        Assert.Equal(box.Cache.PathOf(key), new FileInfo(Path.Combine(box.Workspace, "f")).LinkTarget);
        Assert.Empty(box.Leftovers());
    }

    [Fact]
    public async Task Replaces_nothing_that_changed_since_it_was_looked_at()
    {
        using var box = new CacheSandbox(LinkKind.Copy);
        ObjectKey key = await box.PutAsync("theirs"u8.ToArray(), Cancel);
        string path = box.Write("f", "mine"u8.ToArray());
        FileStat before = FileStat.TryGet(path)!.Value;
        await File.WriteAllTextAsync(path, "mine, edited", Cancel);

        await Assert.ThrowsAsync<FileChangedException>(() => box.PlaceAsync(box.Cache, key, "f", Cancel, guard: ReplaceGuard.Unchanged(before)));
        await Assert.ThrowsAsync<FileChangedException>(() => box.PlaceAsync(box.Cache, key, "f", Cancel, guard: ReplaceGuard.Absent));
        Assert.Equal("mine, edited", await File.ReadAllTextAsync(path, Cancel));
        await box.PlaceAsync(box.Cache, key, "f", Cancel, guard: ReplaceGuard.Unchanged(FileStat.TryGet(path)!.Value));
        Assert.Equal("theirs", await File.ReadAllTextAsync(path, Cancel));
        Assert.Empty(box.Leftovers());
    }

    [Fact]
    public async Task Replaces_no_folder()
    {
        using var box = new CacheSandbox(LinkKind.Copy);
        ObjectKey key = await box.PutAsync("x"u8.ToArray(), Cancel);
        Directory.CreateDirectory(Path.Combine(box.Workspace, "d"));

        await Assert.ThrowsAsync<FileAccessException>(() => box.PlaceAsync(box.Cache, key, "d", Cancel));
        Assert.Empty(box.Leftovers());
    }
}
