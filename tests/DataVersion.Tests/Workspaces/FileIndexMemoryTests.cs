using DataVersion.Hashing;
using DataVersion.Platform;
using DataVersion.Testing;
using DataVersion.Tests.Limits;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

[Collection(ProcessMemoryCollection.Name)]
public sealed class FileIndexMemoryTests
{
    [Fact]
    public void Holds_two_hundred_thousand_entries_in_little_memory()
    {
        using var folder = new TempFolder();
        string file = Path.Combine(folder.Path, "index");
        WriteIndex(file);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        FileIndex again = FileIndex.Load(file);
        bool all = Enumerable.Range(0, 200_000).All(i => again.TryGet(PathOf(i), out IndexEntry entry) && entry == Entry(i));

        Assert.True(all);
        // 300 MB for a million (DESIGN "Memory") are 60 MB for these; less than 8 bytes an entry would say that something else was measured.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 200_000 * 8, 60_000_000);
        GC.KeepAlive(again);
    }

    // In a method of its own: what it leaves behind is collected before anything is measured.
    private static void WriteIndex(string file)
    {
        FileIndex index = FileIndex.Load(file);
        for (int i = 0; i < 200_000; i++)
            index.Set(PathOf(i), Entry(i));
        index.Save();
    }

    private static string PathOf(int number) => $"data/part-{number % 100}/file-{number}.bin";

    private static IndexEntry Entry(int number) => new(
        new FileStamp(number, 1_000 + number, 2_000 + number, 3), IdentityHash.Of(HashKind.Sha256, BitConverter.GetBytes(number)), default, new Fingerprint((UInt128)number << 100), Settled: true);
}
