using System.Security.Cryptography;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.Tests.Caching;

public sealed class AdoptTests
{
    private static readonly UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024 * 1024)]
    [InlineData(1024 * 1024 + 1)]
    [InlineData(3_500_000)]
    public async Task Stores_the_bytes_under_their_hash_read_only(int size)
    {
        using var box = new CacheSandbox();
        byte[] bytes = RandomNumberGenerator.GetBytes(size);

        AdoptedFile adopted = await box.AdoptAsync(box.Write("f", bytes), Cancel);

        Assert.Equal(CacheSandbox.KeyOf(bytes).Id, adopted.Content.Id);
        string path = box.Cache.PathOf(ObjectKey.Content(adopted.Content.Id));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path, Cancel));
        Assert.Equal(ReadOnly, FileStat.TryGet(path)!.Value.Mode);
        Assert.EndsWith($"objects/sha256/{adopted.Content.Id.Hex[..2]}/{adopted.Content.Id.Hex[2..]}", path.Replace('\\', '/'), StringComparison.Ordinal);
        Assert.Empty(box.Leftovers());
    }

    [Theory]
    [InlineData(LinkKind.Copy)]
    [InlineData(LinkKind.Hardlink)]
    [InlineData(LinkKind.Reflink)]
    public async Task Reads_each_byte_once(LinkKind link)
    {
        using var box = new CacheSandbox(link);
        string small = box.Write("small", RandomNumberGenerator.GetBytes(10_000));
        string large = box.Write("large", RandomNumberGenerator.GetBytes(5_000_000));
        var meter = new ReadMeter();
        ContentPump.Meter.Value = meter;

        await box.AdoptAsync(small, Cancel);
        await box.AdoptAsync(large, Cancel);

        ContentPump.Meter.Value = null;
        Assert.Equal(5_010_000, meter.Bytes);
    }

    [Fact]
    public async Task Hard_links_where_configured_and_knows_the_file_after_the_last_link()
    {
        using var box = new CacheSandbox(LinkKind.Hardlink);
        string path = box.Write("f", "some bytes"u8.ToArray());

        AdoptedFile adopted = await box.AdoptAsync(path, Cancel);

        FileStat now = FileStat.TryGet(path)!.Value;
        Assert.Equal(LinkKind.Hardlink, adopted.Link);
        Assert.Equal(now, adopted.Stat);
        Assert.Equal(2u, now.Links);
        Assert.Equal(ReadOnly, now.Mode);
        Assert.Equal(now.Inode, box.Cache.TryStat(ObjectKey.Content(adopted.Content.Id))!.Value.Inode);
    }

    [Fact]
    public async Task Copies_what_must_not_be_one_file_with_its_object()
    {
        using var box = new CacheSandbox(LinkKind.Hardlink);
        string executable = box.Write("run.sh", "#!/bin/sh\n"u8.ToArray());
        CacheSandbox.SetMode(executable, ReadOnly | UnixFileMode.UserExecute);
        string named = box.Write("named", "has two names"u8.ToArray());
        Assert.Equal(LinkOutcome.Created, HardLinks.TryCreate(named, named + ".other"));

        AdoptedFile first = await box.AdoptAsync(executable, Cancel);
        AdoptedFile second = await box.AdoptAsync(named, Cancel);

        Assert.Equal([LinkKind.Copy, LinkKind.Copy], [first.Link, second.Link]);
        Assert.True(FileStat.TryGet(executable)!.Value.IsExecutable);
        Assert.False(FileStat.TryGet(named)!.Value.IsReadOnly);
    }

    [Fact]
    public async Task Leaves_a_second_file_of_the_same_bytes_as_it_is()
    {
        using var box = new CacheSandbox(LinkKind.Hardlink);
        string one = box.Write("one", "same"u8.ToArray());
        string two = box.Write("two", "same"u8.ToArray());
        await box.AdoptAsync(one, Cancel);

        AdoptedFile adopted = await box.AdoptAsync(two, Cancel);

        Assert.Equal(LinkKind.Copy, adopted.Link);
        Assert.Equal(FileStat.TryGet(two)!.Value, adopted.Stat);
        Assert.False(adopted.Stat.IsReadOnly);
        Assert.Equal(LinkKind.Hardlink, (await box.AdoptAsync(one, Cancel)).Link);
    }

    [Fact]
    public async Task Stores_equal_contents_once_however_many_come_at_once()
    {
        using var box = new CacheSandbox();
        string[] paths = [.. Enumerable.Range(0, 200).Select(i => box.Write($"f{i}", BitConverter.GetBytes(i % 10)))];
        await using CacheBatch batch = box.Cache.BeginBatch(Cancel);

        await Parallel.ForEachAsync(paths, Cancel, async (path, token) => await batch.AdoptAsync(path, HashKind.Sha256, 1, null, token));
        await batch.CommitAsync(Cancel);

        Assert.Equal(10, box.Cache.List().Count());
        Assert.Empty(box.Leftovers());
    }

    [Fact]
    public async Task Lets_many_processes_share_a_cache()
    {
        using var box = new CacheSandbox();
        string[] paths = [.. Enumerable.Range(0, 100).Select(i => box.Write($"f{i}", BitConverter.GetBytes(i)))];

        await Parallel.ForAsync(0, 8, Cancel, async (_, token) =>
        {
            await using CacheBatch batch = box.OpenAsStranger().BeginBatch(Cancel);
            foreach (string path in paths)
                await batch.AdoptAsync(path, HashKind.Sha256, 1, null, token);
            await batch.CommitAsync(token);
        });

        Assert.Equal(100, box.Cache.List().Count());
        Assert.Empty(box.Leftovers());
        foreach (ObjectKey key in box.Cache.List())
            Assert.True(await box.Cache.VerifyAsync(key, Cancel));
    }

    [Fact]
    public async Task Stores_the_block_list_of_a_file_over_64_MiB_and_keeps_its_holes()
    {
        using var box = new CacheSandbox(LinkKind.Copy);
        string path = box.Write("sparse", []);
        await using (FileStream file = File.OpenWrite(path))
            file.SetLength(BlockHasher.Threshold + 1);

        AdoptedFile adopted = await box.AdoptAsync(path, Cancel);

        byte[] blocks = adopted.Content.BlockList!;
        Assert.Equal(9 * 32, blocks.Length);
        Assert.Equal(blocks, await box.Cache.ReadSmallAsync(CacheSandbox.KeyOf(blocks), 1 << 20, Cancel));
        Assert.InRange(DiskUsage.Of(box.Cache.PathOf(ObjectKey.Content(adopted.Content.Id))), 0, 1 << 20);
    }

    [Fact]
    public async Task Replaces_a_corrupt_object_by_the_good_bytes_and_keeps_the_corrupt_ones()
    {
        using var box = new CacheSandbox();
        string path = box.Write("f", "right"u8.ToArray());
        ObjectKey key = ObjectKey.Content((await box.AdoptAsync(path, Cancel)).Content.Id);
        box.Damage(key);

        await box.AdoptAsync(path, Cancel);

        Assert.Equal("right"u8.ToArray(), await box.Cache.ReadSmallAsync(key, 100, Cancel));
        Assert.Single(Directory.GetFiles(Path.Combine(box.Cache.Root, "corrupt")));
    }

    [Fact]
    public async Task Refuses_a_file_that_keeps_changing_and_stores_nothing()
    {
        using var box = new CacheSandbox();
        string path = box.Write("f", new byte[3_000_000]);
        int number = 0;
        await using CacheBatch batch = box.Cache.BeginBatch(Cancel);

        FileChangedException error = await Assert.ThrowsAsync<FileChangedException>(() =>
            batch.AdoptAsync(path, HashKind.Sha256, 1, _ => File.AppendAllText(path, $"{number++}"), Cancel));

        await batch.CommitAsync(Cancel);
        Assert.Equal(path, error.Path);
        Assert.Empty(box.Cache.List());
        Assert.Empty(box.Leftovers());
    }

    [Fact]
    public async Task Reads_again_a_file_that_changed_once()
    {
        using var box = new CacheSandbox();
        string path = box.Write("f", new byte[3_000_000]);
        bool changed = false;
        await using CacheBatch batch = box.Cache.BeginBatch(Cancel);

        AdoptedFile adopted = await batch.AdoptAsync(path, HashKind.Sha256, 1, _ => Change(), Cancel);
        await batch.CommitAsync(Cancel);

        Assert.Equal(3_000_003, adopted.Content.Size);
        Assert.True(await box.Cache.VerifyAsync(ObjectKey.Content(adopted.Content.Id), Cancel));

        void Change()
        {
            if (!changed)
                File.AppendAllText(path, "xyz");
            changed = true;
        }
    }

    [Fact]
    public async Task Refuses_a_hard_linked_file_that_changed_before_it_was_published()
    {
        using var box = new CacheSandbox(LinkKind.Hardlink);
        string path = box.Write("f", "before"u8.ToArray());
        await using CacheBatch batch = box.Cache.BeginBatch(Cancel);
        await batch.AdoptAsync(path, HashKind.Sha256, 1, null, Cancel);
        await File.WriteAllTextAsync(path, "after, and longer", Cancel);

        await Assert.ThrowsAsync<FileChangedException>(() => batch.CommitAsync(Cancel));

        Assert.Empty(box.Cache.List());
        Assert.False(FileStat.TryGet(path)!.Value.IsReadOnly);
        Assert.Equal("after, and longer", await File.ReadAllTextAsync(path, Cancel));
    }

    [Fact]
    public async Task Opens_no_fifo_link_or_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no fifos");
        using var box = new CacheSandbox();
        string fifo = Path.Combine(box.Workspace, "fifo");
        System.Diagnostics.Process.Start("mkfifo", [fifo]).WaitForExit();
        string link = Path.Combine(box.Workspace, "link");
        File.CreateSymbolicLink(link, box.Write("target", [1]));

        foreach (string path in new[] { fifo, link, box.Workspace, Path.Combine(box.Workspace, "missing") })
            Assert.Equal(path, (await Assert.ThrowsAsync<FileAccessException>(() => box.AdoptAsync(path, Cancel))).Path);
    }

    [Fact]
    public async Task Calls_a_file_settled_only_when_its_times_are_past()
    {
        using var box = new CacheSandbox(LinkKind.Copy);
        AdoptedFile fresh = await box.AdoptAsync(box.Write("fresh", [1]), Cancel);
        using FileSystemClock clock = FileSystemClock.Open(box.Workspace);

        Assert.False(clock.IsSettled(fresh.Stat.Stamp, fresh.Stat.ChangedNs + clock.MarginNs));
        Assert.True(clock.IsSettled(fresh.Stat.Stamp, fresh.Stat.ChangedNs + clock.MarginNs + 1));
    }

    [Fact]
    public async Task Leaves_nothing_behind_without_a_commit()
    {
        using var box = new CacheSandbox();
        await using (CacheBatch batch = box.Cache.BeginBatch(Cancel))
            await batch.AdoptAsync(box.Write("f", [1, 2, 3]), HashKind.Sha256, 1, null, Cancel);

        Assert.Empty(box.Cache.List());
        Assert.Empty(box.Leftovers());
    }
}
