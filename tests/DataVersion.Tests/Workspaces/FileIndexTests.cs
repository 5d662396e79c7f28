using DataVersion.Hashing;
using DataVersion.Platform;
using DataVersion.Workspaces;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class FileIndexTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dv-test-index-").FullName;

    private string IndexFile => Path.Combine(_directory, "index");

    [Fact]
    public void Remembers_what_was_saved()
    {
        FileIndex index = FileIndex.Load(IndexFile);
        index.Set("data/a b.bin", Entry(1));
        index.Set("data/ü😀", Entry(2) with { BlocksId = Id(7) });
        index.Save();

        FileIndex again = FileIndex.Load(IndexFile);

        Assert.Equal(index.Seed, again.Seed);
        Assert.True(again.TryGet("data/ü😀", out IndexEntry entry));
        Assert.Equal(Entry(2) with { BlocksId = Id(7) }, entry);
        Assert.True(again.TryGetTrusted("data/a b.bin", StatOf(Entry(1).Stamp), out _));
        Assert.False(again.TryGet("data/c", out _));
    }

    [Fact]
    public void Behaves_as_a_dictionary_through_any_sets_removals_and_saves() =>
        Prop.ForAll<(byte Path, byte Action)[]>(steps =>
        {
            string file = Path.Combine(_directory, Path.GetRandomFileName());
            FileIndex index = FileIndex.Load(file);
            var model = new Dictionary<string, IndexEntry>();
            foreach ((byte path, byte action) in steps)
            {
                string name = $"d/{path % 32}";
                switch (action % 4)
                {
                    case 0:
                        index.Remove(name);
                        model.Remove(name);
                        break;
                    case 1:
                        index.Save();
                        index = FileIndex.Load(file);
                        break;
                    default:
                        index.Set(name, Entry(action));
                        model[name] = Entry(action);
                        break;
                }
            }
            return Enumerable.Range(0, 32).All(i =>
                index.TryGet($"d/{i}", out IndexEntry found) == model.TryGetValue($"d/{i}", out IndexEntry expected) && found == expected);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Keeps_what_another_process_saved_meanwhile()
    {
        FileIndex one = FileIndex.Load(IndexFile);
        FileIndex two = FileIndex.Load(IndexFile);
        one.Set("one", Entry(1));
        two.Set("two", Entry(2));
        two.Set("gone", Entry(3));
        two.Save();
        one.Remove("gone");
        one.Save();

        FileIndex both = FileIndex.Load(IndexFile);

        Assert.True(both.TryGet("one", out _) && both.TryGet("two", out _));
        Assert.False(both.TryGet("gone", out _));
    }

    [Fact]
    public void Loses_nothing_when_many_save_at_once()
    {
        Parallel.For(0, 16, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, i =>
        {
            FileIndex index = FileIndex.Load(IndexFile);
            index.Set($"f{i}", Entry(i));
            index.Save();
        });

        FileIndex all = FileIndex.Load(IndexFile);

        Assert.All(Enumerable.Range(0, 16), i => Assert.True(all.TryGet($"f{i}", out _), $"f{i}"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(70)]
    [InlineData(-1)]
    public void Is_empty_when_its_file_is_damaged(int at)
    {
        FileIndex index = FileIndex.Load(IndexFile);
        index.Set("a", Entry(1));
        index.Save();
        byte[] bytes = File.ReadAllBytes(IndexFile);
        bytes[at < 0 ? bytes.Length + at : at] ^= 1;
        File.WriteAllBytes(IndexFile, bytes);

        FileIndex again = FileIndex.Load(IndexFile);

        Assert.False(again.TryGet("a", out _));
        again.Set("a", Entry(2));
        again.Save();
        Assert.True(FileIndex.Load(IndexFile).TryGet("a", out _));
    }

    [Fact]
    public void Is_empty_when_its_file_is_cut_short()
    {
        FileIndex index = FileIndex.Load(IndexFile);
        index.Set("a", Entry(1));
        index.Save();
        using (FileStream file = File.OpenWrite(IndexFile))
            file.SetLength(file.Length - 5);

        Assert.False(FileIndex.Load(IndexFile).TryGet("a", out _));
    }

    [Fact]
    public void Works_without_a_place_to_write()
    {
        FileIndex index = FileIndex.Load("/proc/no-such-place/index");
        index.Set("a", Entry(1));

        Assert.True(index.TryGet("a", out _));
        Assert.Throws<FileAccessException>(index.Save);
    }

    [Fact]
    public void Trusts_no_entry_that_was_not_settled_or_whose_stamp_moved()
    {
        FileIndex index = FileIndex.Load(IndexFile);
        index.Set("fresh", Entry(1) with { Settled = false });
        index.Set("old", Entry(2));
        FileStamp stamp = Entry(2).Stamp;

        Assert.False(index.TryGetTrusted("fresh", StatOf(Entry(1).Stamp), out _));
        Assert.True(index.TryGetTrusted("old", StatOf(stamp), out _));
        Assert.False(index.TryGetTrusted("old", StatOf(stamp with { Size = 9 }), out _));
        Assert.False(index.TryGetTrusted("old", StatOf(stamp with { ModifiedNs = 9 }), out _));
        Assert.False(index.TryGetTrusted("old", StatOf(stamp with { ChangedNs = 9 }), out _));
        Assert.False(index.TryGetTrusted("old", StatOf(stamp with { Inode = 9 }), out _));
    }

    [Fact]
    public void Compares_only_what_the_file_system_keeps()
    {
        const ulong WithoutInodes = 0xDE01, WithoutBoth = 0xDE02;
        SteadyStat.Declare(WithoutInodes, new SteadyStat(Inode: false, ChangeTime: true));
        SteadyStat.Declare(WithoutBoth, new SteadyStat(Inode: false, ChangeTime: false));
        FileIndex index = FileIndex.Load(IndexFile);
        index.Set("f", Entry(4));
        FileStamp stamp = Entry(4).Stamp;

        Assert.True(index.TryGetTrusted("f", StatOf(stamp with { Inode = 9 }) with { Device = WithoutInodes }, out _));
        Assert.False(index.TryGetTrusted("f", StatOf(stamp with { ChangedNs = 9 }) with { Device = WithoutInodes }, out _));
        Assert.True(index.TryGetTrusted("f", StatOf(stamp with { ChangedNs = 9, Inode = 9 }) with { Device = WithoutBoth }, out _));
        Assert.False(index.TryGetTrusted("f", StatOf(stamp with { ModifiedNs = 9 }) with { Device = WithoutBoth }, out _));
        Assert.False(index.TryGetTrusted("f", StatOf(stamp with { Size = 9 }) with { Device = WithoutBoth }, out _));
        Assert.Equal(new FileStamp(1, 2, 0, 0), (StatOf(new FileStamp(1, 2, 3, 4)) with { Device = WithoutBoth }).Stamp);
    }

    [Fact]
    public void Accepts_for_status_a_moved_change_time_of_a_read_only_link_only()
    {
        FileIndex index = FileIndex.Load(IndexFile);
        index.Set("f", Entry(3));
        FileStamp stamp = Entry(3).Stamp;
        var linked = new FileStat
        {
            Type = FileType.File,
            Size = stamp.Size,
            ModifiedNs = stamp.ModifiedNs,
            ChangedNs = stamp.ChangedNs + 1,
            Inode = stamp.Inode,
            Links = 2,
            Mode = UnixFileMode.UserRead,
        };

        Assert.True(index.TryGetUnchanged("f", linked, out _));
        Assert.False(index.TryGetUnchanged("f", linked with { Links = 1 }, out _));
        Assert.False(index.TryGetUnchanged("f", linked with { Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite }, out _));
        Assert.False(index.TryGetUnchanged("f", linked with { ModifiedNs = stamp.ModifiedNs + 1 }, out _));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static IndexEntry Entry(int number) =>
        new(new FileStamp(number, 1_000 + number, 2_000 + number, 3), Id(number), default, new Fingerprint((UInt128)number << 100), Settled: true);

    private static FileStat StatOf(FileStamp stamp) => new()
    {
        Type = FileType.File,
        Size = stamp.Size,
        ModifiedNs = stamp.ModifiedNs,
        ChangedNs = stamp.ChangedNs,
        Inode = stamp.Inode,
    };

    private static ObjectId Id(int number) => IdentityHash.Of(HashKind.Sha256, BitConverter.GetBytes(number));
}
