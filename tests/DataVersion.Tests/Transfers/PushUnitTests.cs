using System.Buffers.Binary;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public class PushUnitTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(100_000)]
    public void A_pack_of_however_small_objects_has_a_listing_that_readers_take(long size)
    {
        const int Files = 300_000;
        PlannedObject[] files = [.. Enumerable.Range(0, Files).Select(i => new PlannedObject(KeyOf(i), size, "data"))];

        IReadOnlyList<PushUnit> units = PushUnit.Group(files, packs: true);

        Assert.Equal(files, units.SelectMany(u => u.Objects));
        Assert.All(units, u => Assert.True(u.Packed));
        // An index is closed once it has a mebibyte, so that it may have one listing more than that.
        Assert.All(units, u => Assert.InRange(PackListing.Write(u.Objects.Select(o => new PackEntry(o.Key, 0, 0, 0))).Length, 1, PackLimits.MaxDocument - (2 * PackLimits.Index)));
        Assert.All(units, u => Assert.InRange(u.Bytes, 1, PackLimits.MaxPack));
    }

    [Fact]
    public void Trees_and_block_lists_lie_apart_and_what_is_large_or_of_unknown_size_alone()
    {
        PlannedObject[] objects =
        [
            new(KeyOf(1), 10, "a"), new(KeyOf(2), PackLimits.MaxObject + 1L, "b"), new(KeyOf(3), 10, "c", IsBlockList: true),
            new(KeyOf(4), null, "d"), new(new ObjectKey(ObjectKind.Tree, KeyOf(5).Id), 10, "e"), new(KeyOf(6), 0, "f"),
        ];

        IReadOnlyList<PushUnit> units = PushUnit.Group(objects, packs: true);

        Assert.Equal(["b", "d", "a f", "c e"], units.Select(u => string.Join(' ', u.Objects.Select(o => o.Path))));
        Assert.Equal([(false, false), (false, false), (true, false), (true, true)], units.Select(u => (u.Packed, u.Trees)));
        Assert.All(PushUnit.Group(objects, packs: false), u => Assert.False(u.Packed));
    }

    private static ObjectKey KeyOf(int number)
    {
        var digest = new byte[32];
        BinaryPrimitives.WriteInt32LittleEndian(digest, number);
        return ObjectKey.Content(new ObjectId(HashKind.Sha256, digest));
    }
}
