using DataVersion.Platform;
using Xunit;

namespace DataVersion.Tests.Platform;

public sealed class StatProbeTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private static readonly FileStamp Left = new(10, 100 * Second, 200 * Second, 7);

    private readonly string _directory = Directory.CreateTempSubdirectory("dv-test-probe-").FullName;

    [Fact]
    public void Finds_that_a_local_disk_keeps_everything_and_leaves_nothing_there()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere there is neither inode nor change time");

        Assert.Equal(SteadyStat.All, StatProbe.Run(_directory));

        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Theory]
    [InlineData(new ulong[] { 7, 7, 7, 7 }, new ulong[] { 7, 7 }, true)]
    [InlineData(new ulong[] { 7, 8, 9, 10 }, new ulong[] { 11, 12 }, false)]
    [InlineData(new ulong[] { 7, 7, 8, 7 }, new ulong[] { 7, 7 }, false)]
    [InlineData(new ulong[] { 7, 7, 7, 7 }, new ulong[] { 8, 8 }, false)]
    public void Drops_inode_numbers_that_differ_from_look_to_look_or_from_name_to_name(ulong[] looks, ulong[] otherNames, bool keeps)
    {
        List<FileStat> untouched = [.. looks.Select(i => Stat(Left with { Inode = i }))];
        // A second name moves the change time: that is no fault.
        List<FileStat> others = [.. otherNames.Select(i => Stat(Left with { Inode = i, ChangedNs = Left.ChangedNs + Second }))];

        Assert.Equal(new SteadyStat(keeps, true), StatProbe.Judge(untouched, [.. untouched, .. others]));
    }

    [Fact]
    public void Drops_a_change_time_that_moves_by_itself()
    {
        List<FileStat> untouched = [.. Enumerable.Range(0, 4).Select(i => Stat(Left with { ChangedNs = Left.ChangedNs + i }))];

        Assert.Equal(new SteadyStat(true, false), StatProbe.Judge(untouched, untouched));
    }

    [Fact]
    public void Drops_what_a_file_that_was_left_alone_has_lost_by_the_next_mount()
    {
        long later = 900 * Second;

        Assert.Equal(SteadyStat.All, StatProbe.Judge(Left, Left, later));
        Assert.Equal(new SteadyStat(false, true), StatProbe.Judge(Left, Left with { Inode = 8 }, later));
        Assert.Equal(new SteadyStat(true, false), StatProbe.Judge(Left, Left with { ChangedNs = later - 1 }, later));
        Assert.Equal(new SteadyStat(false, false), StatProbe.Judge(Left, Left with { ChangedNs = later - 1, Inode = 8 }, later));
    }

    [Fact]
    public void Never_takes_back_what_was_dropped()
    {
        FileStamp leftWithoutInode = Left with { Inode = 0 };
        FileStamp leftWithoutChange = Left with { ChangedNs = 0 };

        Assert.Equal(new SteadyStat(false, true), StatProbe.Judge(leftWithoutInode, Left, 900 * Second));
        Assert.Equal(new SteadyStat(true, false), StatProbe.Judge(leftWithoutChange, Left, 900 * Second));
    }

    [Fact]
    public void Hears_no_witness_that_somebody_has_touched()
    {
        long later = 900 * Second;

        // Written to; a copy in its place; another mode.
        Assert.Null(StatProbe.Judge(Left, Left with { ModifiedNs = 101 * Second }, later));
        Assert.Null(StatProbe.Judge(Left, Left with { Inode = 8, ChangedNs = 300 * Second }, later));
        Assert.Null(StatProbe.Judge(Left, Left with { ChangedNs = 300 * Second }, later));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static FileStat Stat(FileStamp stamp) => new()
    {
        Type = FileType.File,
        Size = stamp.Size,
        ModifiedNs = stamp.ModifiedNs,
        ChangedNs = stamp.ChangedNs,
        Inode = stamp.Inode,
    };
}
