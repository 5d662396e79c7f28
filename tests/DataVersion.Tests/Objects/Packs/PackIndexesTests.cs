using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Storage;
using DataVersion.Testing.Stores;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Objects.Packs;

/// <summary>Indexes that are put together and cut: whatever a catalog named, it goes on naming all that is needed.</summary>
public sealed class PackIndexesTests
{
    private readonly FaultyBlobStore _blobs = new(new MemoryBlobStore());
    private readonly PackDocuments _documents;
    private readonly PackIndexes _indexes;

    public PackIndexesTests()
    {
        _documents = new PackDocuments(_blobs, "origin", null);
        _indexes = new PackIndexes(_documents, atOnce: 4);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ObjectKey Key(int i, bool tree = false)
    {
        ObjectId id = IdentityHash.Of(HashKind.Sha256, BitConverter.GetBytes(i));
        return tree ? ObjectKey.Tree(id) : ObjectKey.Content(id);
    }

    private static PackListing Pack(bool trees, IEnumerable<int> objects)
    {
        byte[] text = PackListing.Write(objects.Select((o, at) => new PackEntry(Key(o, trees), at, 1, 1)));
        return Assert.Single(PackListing.ParseIndex(text, "it"));
    }

    private async Task<PackIndexRef> IndexAsync(bool trees, params IEnumerable<int>[] packs) =>
        Assert.Single((await _indexes.WriteAsync(trees, packs.Select(p => Pack(trees, p)), Token)).Select(w => w.Index).Distinct());

    private async Task<HashSet<ObjectKey>> KnownAsync(IEnumerable<PackIndexRef> indexes)
    {
        var known = new HashSet<ObjectKey>();
        foreach (PackIndexRef index in indexes)
            known.UnionWith((await _documents.ReadIndexAsync(index, Token)).SelectMany(p => p.Entries).Select(e => e.Key));
        return known;
    }

    [Fact]
    public async Task The_same_packs_make_the_same_indexes_in_whatever_order_they_come()
    {
        PackListing[] packs = [.. Enumerable.Range(0, 30).Select(i => Pack(false, Enumerable.Range(i * 1000, 1000)))];

        var first = await _indexes.WriteAsync(false, packs, Token);
        var second = await _indexes.WriteAsync(false, packs.Reverse().Concat(packs), Token);

        Assert.Equal(first.Select(w => (w.Pack.Id, w.Index)), second.Select(w => (w.Pack.Id, w.Index)));
        Assert.Equal(packs.Select(p => p.Id).Order(), first.Select(w => w.Pack.Id));
        // 30,000 lines of 78 bytes and more.
        Assert.Equal(3, first.Select(w => w.Index).Distinct().Count());
        Assert.All(first.Select(w => w.Index.Size), size => Assert.InRange(size, 1, PackLimits.Index + 100_000));
    }

    [Theory]
    [InlineData(15, 15)]
    [InlineData(16, 1)]
    [InlineData(40, 1)]
    public async Task Many_small_ones_of_a_kind_become_one(int many, int left)
    {
        HashSet<PackIndexRef> named = [await IndexAsync(true, [-1]), await IndexAsync(false, [.. Enumerable.Range(1000, 4).Select(i => Enumerable.Range(i * 1000, 1000))])];
        for (int i = 0; i < many; i++)
            named.Add(await IndexAsync(false, [i], [i + 1]));
        HashSet<ObjectKey> known = await KnownAsync(named);

        IReadOnlySet<PackIndexRef> merged = await _indexes.MergeAsync(named, Token);

        Assert.Equal(left + 2, merged.Count);
        Assert.Equal(known, await KnownAsync(merged));
        Assert.Equal(merged, await _indexes.MergeAsync(merged, Token));
    }

    [Fact]
    public async Task One_that_cannot_be_read_stays_and_the_others_become_one()
    {
        HashSet<PackIndexRef> named = [];
        for (int i = 0; i < 20; i++)
            named.Add(await IndexAsync(true, [i]));
        PackIndexRef[] lost = [.. named.Take(2)];
        await _blobs.DeleteAsync(ObjectLayout.PackIndexOf(lost[0].Id), null, Token);
        await _blobs.PutAsync(ObjectLayout.PackIndexOf(lost[1].Id), [1, 2, 3], WriteMode.Overwrite, Token);

        IReadOnlySet<PackIndexRef> merged = await _indexes.MergeAsync(named, Token);

        Assert.Equal(3, merged.Count);
        Assert.Empty(lost.Except(merged));
        Assert.Equal(18, (await KnownAsync(merged.Except(lost))).Count);
    }

    [Fact]
    public async Task What_lists_nothing_needed_is_left_out_and_what_lists_little_of_it_is_written_anew()
    {
        PackIndexRef needless = await IndexAsync(false, [1], [2]), dense = await IndexAsync(false, [10], [11], [12]), sparse = await IndexAsync(false, [20], [21], [22]), trees = await IndexAsync(true, [30]);

        IReadOnlySet<PackIndexRef> pruned = await _indexes.PruneAsync(new HashSet<PackIndexRef> { needless, dense, sparse, trees }, [Key(10), Key(12), Key(21), Key(30, true), Key(99)], Token);

        Assert.Equal(3, pruned.Count);
        Assert.Empty(((PackIndexRef[])[dense, trees]).Except(pruned));
        Assert.Equal([Key(21)], await KnownAsync(pruned.Except([dense, trees])));
    }

    [Fact]
    public async Task Whatever_is_named_and_needed_nothing_needed_is_lost()
    {
        var numbers = Gen.Choose(0, 40).NonEmptyListOf().Select(list => list.Distinct().ToArray());
        var cases = from named in (from trees in Gen.Elements(false, true) from packs in numbers.NonEmptyListOf() select (Trees: trees, Packs: packs)).ListOf()
                    from needed in (from trees in Gen.Elements(false, true) from i in Gen.Choose(0, 50) select Key(i, trees)).ListOf()
                    select (Named: named, Needed: needed);
        foreach (var (named, needed) in cases.Sample(200))
        {
            HashSet<PackIndexRef> indexes = [];
            foreach ((bool trees, IEnumerable<int[]> packs) in named)
                indexes.Add(await IndexAsync(trees, [.. packs]));
            HashSet<ObjectKey> known = await KnownAsync(indexes);

            IReadOnlySet<PackIndexRef> pruned = await _indexes.PruneAsync(indexes, needed, Token);
            HashSet<ObjectKey> left = await KnownAsync(await _indexes.MergeAsync(pruned, Token));

            Assert.Empty(needed.Where(known.Contains).Except(left));
            Assert.Empty(left.Except(known));
        }
    }
}
