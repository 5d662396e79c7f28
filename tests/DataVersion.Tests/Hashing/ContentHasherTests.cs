using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using DataVersion.Hashing;
using Xunit;

namespace DataVersion.Tests.Hashing;

public sealed class ContentHasherTests
{
    private const int Threshold = 64 * 1024 * 1024;
    private const int Block = 8 * 1024 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300_000)]
    public void Gives_identity_fingerprint_and_size(int length)
    {
        byte[] data = RandomNumberGenerator.GetBytes(length);
        foreach (HashKind kind in Enum.GetValues<HashKind>())
        {
            HashedContent content = Hash(kind, length, 4711, data, piece: 1000);
            Assert.Equal(IdentityHash.Of(kind, data), content.Id);
            Assert.Equal(BinaryPrimitives.ReadUInt128BigEndian(XxHash128.Hash(data, 4711)), content.Fingerprint.Value);
            Assert.Equal(length, content.Size);
            Assert.Null(content.BlockList);
        }
    }

    [Fact]
    public void Another_seed_gives_another_fingerprint_and_the_same_identity()
    {
        byte[] data = [1, 2, 3];
        HashedContent one = Hash(HashKind.Sha256, 3, 1, data, 3);
        HashedContent other = Hash(HashKind.Sha256, 3, ulong.MaxValue, data, 3);
        Assert.Equal(one.Id, other.Id);
        Assert.NotEqual(one.Fingerprint, other.Fingerprint);
        Assert.Equal(default, Hash(HashKind.Sha256, 3, null, data, 3).Fingerprint);
    }

    [Theory]
    [InlineData(Threshold + 1, 1024 * 1024, true)]
    [InlineData(72 * 1024 * 1024, 1024 * 1024, false)]
    [InlineData(Threshold + 77_777, 999_983, true)]
    public void A_file_over_64_MiB_has_the_digest_of_each_8_MiB(int length, int piece, bool sizeIsKnown)
    {
        byte[] data = GC.AllocateUninitializedArray<byte>(length);
        new Random(length).NextBytes(data);
        HashedContent content = Hash(HashKind.Xxh128, sizeIsKnown ? length : null, null, data, piece);

        byte[] expected = [.. data.Chunk(Block).SelectMany(SHA256.HashData)];
        Assert.Equal(BlockHasher.CountBlocks(length) * 32, expected.Length);
        Assert.Equal(expected, content.BlockList);
    }

    [Theory]
    [InlineData(Threshold)]
    [InlineData(null)]
    public void A_file_of_64_MiB_has_no_block_list(int? expectedSize) =>
        Assert.Null(Hash(HashKind.Xxh128, expectedSize, null, new byte[Threshold], 1024 * 1024).BlockList);

    [Fact]
    public void Counts_blocks()
    {
        Assert.Equal(0, BlockHasher.CountBlocks(0));
        Assert.Equal(1, BlockHasher.CountBlocks(1));
        Assert.Equal(8, BlockHasher.CountBlocks(Threshold));
        Assert.Equal(9, BlockHasher.CountBlocks(Threshold + 1));
    }

    private static HashedContent Hash(HashKind kind, long? expectedSize, ulong? seed, byte[] data, int piece)
    {
        using var hasher = new ContentHasher(kind, expectedSize, seed);
        for (int at = 0; at < data.Length; at += piece)
            hasher.Append(data.AsMemory(at, Math.Min(piece, data.Length - at)));
        return hasher.Finish();
    }
}
