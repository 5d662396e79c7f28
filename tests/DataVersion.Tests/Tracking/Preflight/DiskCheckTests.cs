using DataVersion.Testing;
using DataVersion.Testing.Platform;
using DataVersion.Tracking.Preflight;
using Xunit;

namespace DataVersion.Tests.Tracking.Preflight;

/// <summary>Space and write access, before anything is pulled.</summary>
public sealed class DiskCheckTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Space_is_that_of_the_nearest_folder_that_exists()
    {
        SpaceResult here = SpaceCheck.Check(_folder.Path, 1);
        SpaceResult below = SpaceCheck.Check(_folder.At("not/yet/there"), 1);

        Assert.True(here is { IsEnough: true, MissingBytes: 0, FreeBytes: > 0 });
        Assert.True(below is { IsEnough: true, FreeBytes: > 0 });
        Assert.Equal(_folder.At("not/yet/there"), below.Directory);
        Assert.False(Directory.Exists(_folder.At("not")));
    }

    [Fact]
    public void What_is_missing_is_counted()
    {
        using SmallDisk? disk = SmallDisk.TryMount(_folder.At("small"), 1);
        Assert.SkipWhen(disk is null, "nothing can be mounted here");

        SpaceResult result = SpaceCheck.Check(_folder.At("small/cache"), 3 << 20);

        Assert.Equal((false, 1L << 20, 2L << 20), (result.IsEnough, result.FreeBytes, result.MissingBytes));
    }

    [Theory]
    [InlineData(null, 100, true, 0)]
    [InlineData(100L, 100, true, 0)]
    [InlineData(99L, 100, false, 1)]
    public void Unknown_space_is_taken_for_enough(long? free, long needed, bool enough, long missing)
    {
        var result = new SpaceResult("/x", needed, free);

        Assert.Equal((enough, missing), (result.IsEnough, result.MissingBytes));
    }

    [Fact]
    public void A_folder_that_can_be_written_is_left_as_it_was()
    {
        Assert.Null(WriteCheck.Check(_folder.Path));
        Assert.Null(WriteCheck.Check(_folder.At("not/yet/there")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_file_in_the_way_is_named()
    {
        File.WriteAllText(_folder.At("file"), "");

        Assert.Equal($"'{_folder.At("file")}' is a file, not a folder", WriteCheck.Check(_folder.At("file/below")));
    }

    [Fact]
    public void A_folder_without_permission_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "root may write everywhere");
        Directory.CreateDirectory(_folder.At("closed"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder.At("closed"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.Equal($"'{_folder.At("closed")}': permission denied", WriteCheck.Check(_folder.At("closed/cache")));
    }

    [Fact]
    public void A_read_only_file_system_is_named()
    {
        using MemoryDisk disk = MemoryDisk.Mount();
        disk.SetReadOnly();

        Assert.Equal($"'{disk.Root}': the file system is read-only", WriteCheck.Check(Path.Combine(disk.Root, "cache")));
    }

    [Fact]
    public void A_full_disk_is_named()
    {
        using SmallDisk? disk = SmallDisk.TryMount(_folder.At("small"), 1);
        Assert.SkipWhen(disk is null, "nothing can be mounted here");
        using (FileStream fill = File.Create(_folder.At("small/fill")))
            Assert.Throws<IOException>(() => fill.Write(new byte[2 << 20]));

        Assert.Equal($"'{_folder.At("small")}': no space left on the disk", WriteCheck.Check(_folder.At("small/cache")));
    }
}
