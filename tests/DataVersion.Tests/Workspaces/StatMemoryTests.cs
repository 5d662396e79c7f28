using DataVersion.Platform;
using DataVersion.Testing.Platform;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class StatMemoryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dv-test-memory-").FullName;

    [Fact]
    public void Does_nothing_on_a_local_disk()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(16);
        string temporary = Path.Combine(disk.Root, "state", "tmp");
        FileIndex index = FileIndex.Load(Path.Combine(_directory, "index"));
        var memory = new StatMemory(index, temporary);

        memory.Learn(disk.Root, FileStat.TryGet(disk.Root)!.Value.Device);

        Assert.Empty(memory.Probed);
        Assert.False(Directory.Exists(temporary));
    }

    [Fact]
    public void Probes_an_unknown_file_system_once_and_remembers_what_it_keeps()
    {
        using MemoryDisk disk = MemoryDisk.Mount();
        (string state, string temporary) = StateOn(disk);
        ulong device = FileStat.TryGet(disk.Root)!.Value.Device;
        FileIndex index = FileIndex.Load(Path.Combine(state, "index"));

        var first = new StatMemory(index, temporary);
        first.Learn(disk.Root, device);
        FileStat witness = FileStat.TryGet(Path.Combine(temporary, "witness"))!.Value;
        var second = new StatMemory(index, temporary);
        second.Learn(disk.Root, device);

        Assert.Equal([SteadyStat.All], first.Probed.Select(p => p.Keeps));
        Assert.StartsWith("ramfs ", first.Probed[0].Name, StringComparison.Ordinal);
        Assert.Equal(first.Probed, second.Probed);
        Assert.Equal(["witness"], Directory.GetFileSystemEntries(temporary).Select(Path.GetFileName));
        Assert.Equal(witness, FileStat.TryGet(Path.Combine(temporary, "witness")));
    }

    [Fact]
    public void Drops_inode_numbers_when_its_witness_has_another_one_than_it_left()
    {
        using MemoryDisk disk = MemoryDisk.Mount();
        (string state, string temporary) = StateOn(disk);
        ulong device = FileStat.TryGet(disk.Root)!.Value.Device;
        FileIndex index = FileIndex.Load(Path.Combine(state, "index"));
        new StatMemory(index, temporary).Learn(disk.Root, device);
        string key = "\0" + Mounts.NameOf(device);
        Assert.True(index.TryGet(key, out IndexEntry entry));
        // As the mount before this one would have numbered it.
        index.Set(key, entry with { Stamp = entry.Stamp with { Inode = entry.Stamp.Inode + 1 } });

        var memory = new StatMemory(index, temporary);
        memory.Learn(disk.Root, device);
        var next = new StatMemory(index, temporary);
        next.Learn(disk.Root, device);

        Assert.Equal([new SteadyStat(false, true)], memory.Probed.Select(p => p.Keeps));
        Assert.Equal(memory.Probed, next.Probed);
        Assert.Equal(0UL, FileStat.TryGet(disk.Root)!.Value.Stamp.Inode);
        // The number is the kernel's to give to another mount, of another test.
        SteadyStat.Declare(device, SteadyStat.All);
    }

    [Fact]
    public void Begins_anew_where_the_repository_was_copied()
    {
        using MemoryDisk disk = MemoryDisk.Mount();
        (string state, string temporary) = StateOn(disk);
        ulong device = FileStat.TryGet(disk.Root)!.Value.Device;
        FileIndex index = FileIndex.Load(Path.Combine(state, "index"));
        new StatMemory(index, temporary).Learn(disk.Root, device);
        string copied = Directory.CreateDirectory(Path.Combine(disk.Root, "copy")).FullName;
        File.Copy(Path.Combine(temporary, "witness"), Path.Combine(copied, "witness"));
        File.SetLastWriteTimeUtc(Path.Combine(copied, "witness"), File.GetLastWriteTimeUtc(Path.Combine(temporary, "witness")));

        var memory = new StatMemory(index, copied);
        memory.Learn(disk.Root, device);

        Assert.Equal([SteadyStat.All], memory.Probed.Select(p => p.Keeps));
        Assert.Equal(Path.Combine(copied, "witness"), File.ReadAllText(Path.Combine(copied, "witness")));
    }

    [Fact]
    public void Leaves_nothing_behind_where_the_data_lie_elsewhere_than_the_state()
    {
        using MemoryDisk disk = MemoryDisk.Mount();
        ulong device = FileStat.TryGet(disk.Root)!.Value.Device;
        string temporary = Path.Combine(_directory, "tmp");
        FileIndex index = FileIndex.Load(Path.Combine(_directory, "index"));

        var first = new StatMemory(index, temporary);
        first.Learn(disk.Root, device);
        disk.SetReadOnly();
        var second = new StatMemory(index, temporary);
        second.Learn(disk.Root, device);

        Assert.Equal([SteadyStat.All], first.Probed.Select(p => p.Keeps));
        Assert.Equal(first.Probed, second.Probed);
        Assert.Empty(Directory.GetFileSystemEntries(disk.Root));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static (string State, string Temporary) StateOn(MemoryDisk disk)
    {
        string state = Directory.CreateDirectory(Path.Combine(disk.Root, "state")).FullName;
        return (state, Path.Combine(state, "tmp"));
    }
}
