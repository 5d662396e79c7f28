using DataVersion.Platform;
using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.Tests.Platform;

public sealed class FileSystemTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dv-test-fs-").FullName;

    [Fact]
    public void Knows_its_disks()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(16);

        Assert.Equal(FileSystemKind.Local, FileSystems.Of(disk.Root));
        Assert.True(FileSystems.HonoursSyncFs(disk.Root));
        Assert.False(FileSystems.FoldsCase(disk.Root));
        Assert.False(FileSystems.Normalises(disk.Root));
        Assert.Equal(FileSystemKind.Unknown, FileSystems.Of("/proc"));
        Assert.False(FileSystems.HonoursSyncFs("/proc"));
    }

    [Fact]
    public void Reads_the_disks_own_clock_and_leaves_nothing_there()
    {
        using (FileSystemClock clock = FileSystemClock.Open(_directory))
        {
            long first = clock.NowNs();
            string file = Path.Combine(_directory, "f");
            File.WriteAllText(file, "");
            FileStat stat = FileStat.TryGet(file)!.Value;

            Assert.InRange(stat.ModifiedNs, first, clock.NowNs());
            Assert.False(clock.IsSettled(stat.Stamp, stat.ModifiedNs + clock.MarginNs));
            Assert.True(clock.IsSettled(stat.Stamp, stat.ModifiedNs + clock.MarginNs + 1));
            Assert.False(clock.IsSettled(stat.Stamp with { ChangedNs = stat.ChangedNs + 1 }, stat.ModifiedNs + clock.MarginNs + 1));
        }

        Assert.Equal(["f"], Directory.GetFiles(_directory).Select(Path.GetFileName));
    }

    [Fact]
    public void Keeps_its_clock_on_a_full_disk()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(16);
        using FileSystemClock clock = FileSystemClock.Open(disk.Root);
        try
        {
            using var file = new FileStream(Path.Combine(disk.Root, "filler"), FileMode.Create, FileAccess.Write, FileShare.None, 0);
            while (true)
                file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            Assert.NotEqual(0, clock.NowNs());
        }
    }

    [Fact]
    public void Flushes_where_one_flush_is_enough_and_where_not()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(16);
        using (FileSystemSync sync = FileSystemSync.Open(disk.Root))
        {
            Assert.True(sync.IsBatch);
            sync.Flush();
        }
        using (FileSystemSync sync = FileSystemSync.Open("/proc"))
        {
            Assert.False(sync.IsBatch);
            sync.Flush();
        }
        FileSync.FlushDirectory(disk.Root);
    }

    [Fact]
    public void Links_within_a_disk_only()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(16);
        string file = Path.Combine(_directory, "f");
        File.WriteAllText(file, "");

        Assert.Equal(LinkOutcome.Created, HardLinks.TryCreate(file, file + "2"));
        Assert.Equal(LinkOutcome.Exists, HardLinks.TryCreate(file, file + "2"));
        Assert.Equal(LinkOutcome.Unsupported, HardLinks.TryCreate(file, Path.Combine(disk.Root, "f")));
        Assert.Throws<FileAccessException>(() => HardLinks.TryCreate(file + "none", file + "3"));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
