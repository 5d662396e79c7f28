using System.Text;
using DataVersion.Compression;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Storage;
using DataVersion.Testing.Stores;
using DataVersion.Tests.Compression;
using Xunit;

namespace DataVersion.Tests.Objects.Packs;

/// <summary>What a pack is put together from is what is read out of it.</summary>
public sealed class PackBuilderTests
{
    private static readonly byte[] Text = Samples.Text(20_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_same_objects_in_the_same_order_make_the_same_pack(bool zstd)
    {
        byte[][] objects = [Text, [], Samples.Noise(5000), Text[..300], Samples.Text(PackLimits.MaxObject), Samples.Noise(PackLimits.MaxObject)];

        (PackListing pack, byte[] bytes) = await BuildAsync(zstd, objects);
        (PackListing again, byte[] sameBytes) = await BuildAsync(zstd, objects[..4]);
        (PackListing third, byte[] thirdBytes) = await BuildAsync(zstd, objects[..4]);
        (PackListing reversed, _) = await BuildAsync(zstd, [.. objects[..4].Reverse()]);

        Assert.Equal(sameBytes, thirdBytes);
        Assert.Equal(again.Id, third.Id);
        Assert.NotEqual(again.Id, reversed.Id);
        Assert.NotEqual(again.Id, pack.Id);
        Assert.Equal(objects, Unpack(pack, bytes));
        Assert.Equal(pack.Size, bytes.Length);
        Assert.Equal(IdentityHash.Of(HashKind.Sha256, bytes.AsSpan(pack.Objects)), pack.Id);
    }

    [Fact]
    public async Task Only_what_becomes_smaller_is_compressed()
    {
        byte[][] objects = [Text, [], [1], "tiny"u8.ToArray(), Samples.Noise(5000)];

        (PackListing pack, byte[] bytes) = await BuildAsync(zstd: true, objects);
        (PackListing raw, byte[] rawBytes) = await BuildAsync(zstd: false, objects);

        Assert.InRange(pack.Entries[0].Stored, 1, Text.Length / 2);
        Assert.All(pack.Entries.Skip(1).Concat(raw.Entries), e => Assert.Equal(e.Size, e.Stored));
        Assert.Equal(objects, Unpack(pack, bytes));
        Assert.Equal(objects, Unpack(raw, rawBytes));
        Assert.Equal(objects.SelectMany(o => o), rawBytes[..raw.Objects]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Content_that_is_not_what_its_id_says_is_refused_and_the_pack_is_as_it_was(bool zstd)
    {
        (PackListing expected, byte[] expectedBytes) = await BuildAsync(zstd, [Text, Text[..100]]);
        using var builder = new PackBuilder(zstd);
        await builder.AddAsync(KeyOf(Text), new BytesContent(Text), Token);
        IContent[] others =
        [
            new BytesContent(Samples.Noise(PackLimits.MaxObject)),
            new BytesContent(Text.AsMemory(..^1)),
            new BytesContent(Array.Empty<byte>()),
            new TestContent(Text[..^1], Text.Length),
            new TestContent([.. Text, 0], Text.Length),
            new TestContent(Text, Text.Length - 1),
            new TestContent(Text, Text.Length + 1),
            new TestContent(Text, 0),
        ];
        foreach (IContent other in others)
        {
            ObjectCorruptException error = await Assert.ThrowsAsync<ObjectCorruptException>(() => builder.AddAsync(KeyOf(Text), other, Token));
            Assert.Equal(KeyOf(Text).Id.ToString(), error.Id);
            Assert.NotEqual(error.Id, error.Actual);
        }
        Assert.Equal(1, builder.Count);
        await builder.AddAsync(KeyOf(Text[..100]), new BytesContent(Text.AsMemory(..100)), Token);

        (PackListing pack, IContent content) = builder.Build();

        Assert.Equal(expected.Id, pack.Id);
        Assert.Equal(expectedBytes, await Samples.ReadAllAsync(content.OpenRead()));
    }

    [Fact]
    public async Task The_largest_object_is_packed_and_not_one_byte_more()
    {
        byte[] largest = Samples.Noise(PackLimits.MaxObject);
        byte[] larger = [.. largest, 0];

        (PackListing pack, byte[] bytes) = await BuildAsync(zstd: true, [largest]);

        Assert.Equal([largest], Unpack(pack, bytes));
        await Assert.ThrowsAsync<ArgumentException>(() => BuildAsync(zstd: true, [larger]));
    }

    [Fact]
    public async Task Trees_and_ids_of_any_algorithm_are_packed()
    {
        using var builder = new PackBuilder(zstd: false);
        ObjectKey[] keys = [.. Enum.GetValues<HashKind>().Select(kind => ObjectKey.Tree(IdentityHash.Of(kind, Text)))];
        foreach (ObjectKey key in keys)
            await builder.AddAsync(key, new BytesContent(Text), Token);

        (PackListing pack, _) = builder.Build();

        Assert.Equal(keys, pack.Entries.Select(e => e.Key));
        Assert.Equal(keys, Assert.Single(PackListing.ParseIndex(PackListing.Write(pack.Entries), "it")).Entries.Select(e => e.Key));
    }

    private static ObjectKey KeyOf(byte[] bytes) => ObjectKey.Content(IdentityHash.Of(HashKind.Sha256, bytes));

    private static async Task<(PackListing Pack, byte[] Bytes)> BuildAsync(bool zstd, IEnumerable<byte[]> objects)
    {
        using var builder = new PackBuilder(zstd);
        foreach (byte[] bytes in objects)
            await builder.AddAsync(KeyOf(bytes), new BytesContent(bytes), Token);
        (PackListing built, IContent content) = builder.Build();
        byte[] whole = await Samples.ReadAllAsync(content.OpenRead());
        PackListing read = Assert.Single(PackListing.ParseIndex(whole.AsSpan(built.Objects), "it"));
        Assert.Equal((built.Id, built.Objects, built.Listing), (read.Id, read.Objects, read.Listing));
        Assert.Equal(built.Entries, read.Entries);
        return (read, whole);
    }

    private static byte[][] Unpack(PackListing pack, byte[] bytes) => [.. pack.Entries.Select(entry =>
    {
        byte[] stored = bytes[entry.Offset..(entry.Offset + entry.Stored)];
        if (entry.Stored == entry.Size)
            return stored;
        var raw = new byte[entry.Size];
        Assert.True(ZstdFrame.TryDecompress(stored, raw));
        return raw;
    })];
}
