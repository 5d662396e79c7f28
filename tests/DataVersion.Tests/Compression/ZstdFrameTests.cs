using System.Buffers.Binary;
using DataVersion.Compression;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Compression;

/// <summary>One frame: what goes in comes out, and any other bytes are refused without harm.</summary>
public sealed class ZstdFrameTests
{
    private const byte Canary = 0xA5;

    public static TheoryData<string, byte[]> Contents => new()
    {
        { "empty", [] },
        { "one byte", [7] },
        { "text", Samples.Text(100_000) },
        { "a block", Samples.Text(128 * 1024) },
        { "zeros", new byte[3 * Samples.MiB] },
        { "noise", Samples.Noise(Samples.MiB) },
        { "5 MiB", Samples.Text(5 * Samples.MiB) },
    };

    [Theory]
    [MemberData(nameof(Contents), DisableDiscoveryEnumeration = true)]
    public void What_goes_in_comes_out(string name, byte[] raw)
    {
        byte[] stored = Samples.Frame(raw);

        Assert.True(stored.Length >= ZstdFrame.MinBytes, name);
        Assert.Equal(raw, Decompress(stored, raw.Length));
        // Neither a byte more nor a byte less than there is.
        Assert.Null(Decompress(stored, raw.Length + 1));
        if (raw.Length > 0)
            Assert.Null(Decompress(stored, raw.Length - 1));
    }

    [Fact]
    public void Any_content_comes_out_as_it_went_in() => Prop.ForAll<byte[]>(raw =>
    {
        byte[] twice = [.. raw, .. raw, .. raw];
        return Decompress(Samples.Frame(raw), raw.Length)!.AsSpan().SequenceEqual(raw) && Decompress(Samples.Frame(twice), twice.Length)!.AsSpan().SequenceEqual(twice);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_header_says_the_size_and_there_is_no_checksum_and_no_dictionary()
    {
        byte[] stored = Samples.Frame(Samples.Text(100_000));

        Assert.Equal(0xFD2FB528, BinaryPrimitives.ReadUInt32LittleEndian(stored));
        // Size in 4 bytes, one segment.
        Assert.Equal(0b1010_0000, stored[4]);
        Assert.Equal(100_000, BinaryPrimitives.ReadInt32LittleEndian(stored.AsSpan(5)));
    }

    [Fact]
    public void Noise_grows_by_less_than_half_a_percent()
    {
        Assert.InRange(Samples.Frame(Samples.Noise(Samples.MiB)).Length, Samples.MiB, ZstdFrame.Bound(Samples.MiB));
        Assert.InRange(ZstdFrame.Bound(Samples.MiB), Samples.MiB, Samples.MiB * 1.005);
        Assert.InRange(ZstdFrame.Bound(0), ZstdFrame.MinBytes, 1024);
        Assert.Throws<OverflowException>(() => ZstdFrame.Bound(int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => ZstdFrame.Bound(-1));
    }

    [Fact]
    public void A_place_that_might_be_too_small_is_a_mistake_of_the_caller() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ZstdFrame.Compress(new byte[1000], new byte[ZstdFrame.Bound(1000) - 1]));

    [Fact]
    public void A_larger_place_changes_nothing()
    {
        byte[] raw = Samples.Noise(10_000);
        var place = new byte[5 * Samples.MiB];

        Assert.Equal(Samples.Frame(raw), place[..ZstdFrame.Compress(raw, place)]);
    }

    [Fact]
    public void The_same_bytes_give_the_same_frame_whatever_was_compressed_before_and_on_whatever_thread()
    {
        byte[][] contents = [[], Samples.Text(300_000), Samples.Noise(70_000), new byte[Samples.MiB], Samples.Text(10), Samples.Text(2 * Samples.MiB)];
        byte[][] frames = [.. contents.Select(Samples.Frame)];

        Parallel.For(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
        {
            int which = i * 5 % contents.Length;
            Assert.Equal(frames[which], Samples.Frame(contents[which]));
            Assert.Equal(contents[which], Decompress(frames[which], contents[which].Length));
        });
    }

    [Fact]
    public void Any_bytes_are_a_frame_or_none() => Prop.ForAll<byte[], byte>((bytes, length) =>
    {
        Decompress(bytes, length);
        // Past the magic number, where there is more to go wrong.
        Decompress([0x28, 0xB5, 0x2F, 0xFD, .. bytes], length);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_shortened_frame_is_refused()
    {
        byte[] raw = Samples.Text(3_000);
        byte[] stored = Samples.Frame(raw);

        Assert.All(Enumerable.Range(0, stored.Length), length => Assert.Null(Decompress(stored[..length], raw.Length)));
    }

    [Fact]
    public void A_frame_with_any_flipped_bit_does_no_harm()
    {
        byte[] raw = [.. Samples.Text(3_000), .. Samples.Noise(200), .. new byte[500]];
        byte[] stored = Samples.Frame(raw);

        for (int bit = 0; bit < stored.Length * 8; bit++)
        {
            byte[] flipped = [.. stored];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Decompress(flipped, raw.Length);
        }
        Assert.Equal(raw, Decompress(stored, raw.Length));
    }

    [Fact]
    public void A_frame_with_many_wrong_bytes_does_no_harm()
    {
        var random = new Random(3);
        byte[][] contents = [Samples.Text(200_000), [.. Samples.Text(40_000), .. Samples.Noise(30_000), .. Samples.Text(40_000)], Samples.Text(700)];
        foreach (byte[] raw in contents)
        {
            byte[] stored = Samples.Frame(raw);
            for (int round = 0; round < 2000; round++)
            {
                byte[] bad = [.. stored];
                for (int changes = random.Next(1, 8); changes > 0; changes--)
                    bad[random.Next(4, bad.Length)] = (byte)random.Next(256);
                Decompress(bad, raw.Length);
            }
        }
    }

    [Fact]
    public void Nothing_may_follow_and_nothing_may_be_skipped()
    {
        byte[] raw = Samples.Text(1_000);
        byte[] stored = Samples.Frame(raw);
        byte[] skipped = [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];

        Assert.Null(Decompress([.. stored, 0], raw.Length));
        Assert.Null(Decompress([.. stored, .. stored], raw.Length));
        Assert.Null(Decompress([.. stored, .. stored], raw.Length * 2));
        Assert.Null(Decompress([.. stored, .. Samples.Frame([])], raw.Length));
        Assert.Null(Decompress([.. stored, .. skipped], raw.Length));
        Assert.Null(Decompress([.. skipped, .. stored], raw.Length));
        Assert.Null(Decompress(skipped, 0));
        Assert.Null(Decompress([], 0));
    }

    // Frames by hand: magic, descriptor, window, size, then one block of repeated bytes (type 1, last): 3 bytes of header, 1 of content.
    [Theory]
    [InlineData("28B52FFD 00 00 430600 2A", 200, true)] // a window of 1 KiB, no size
    [InlineData("28B52FFD 00 88 430600 2A", 200, true)] // 128 MiB
    [InlineData("28B52FFD 00 89 430600 2A", 200, false)] // 144 MiB
    [InlineData("28B52FFD 00 FF 430600 2A", 200, false)] // 3.75 TiB
    [InlineData("28B52FFD 20 C8 430600 2A", 200, true)] // the size in one byte
    [InlineData("28B52FFD 20 C9 430600 2A", 200, false)] // another size than there is
    [InlineData("28B52FFD E0 FFFFFFFFFFFFFF7F 430600 2A", 200, false)] // 8 EiB
    [InlineData("28B52FFD E0 FFFFFFFFFFFFFFFF 430600 2A", 200, false)] // what the codec takes for "not said"
    [InlineData("28B52FFD E0 C800000000000000 430600 2A", 200, true)]
    [InlineData("28B52FFD 21 07 C8 430600 2A", 200, false)] // a dictionary
    [InlineData("28B52FFD 28 C8 430600 2A", 200, false)] // a reserved bit
    [InlineData("28B52FFD 24 C8 430600 2A 00000000", 200, false)] // a wrong checksum
    [InlineData("28B52FFD 20 C8 470600 2A", 200, false)] // a reserved kind of block
    [InlineData("28B52FFD 00 00 4B0600 2A", 200, false)] // a byte more than there is room for
    [InlineData("28B52FFD 20 00 010000", 0, true)] // an empty block
    [InlineData("28B52FFD 20 00 000000 010000", 0, true)]
    [InlineData("28B52FFD 20 00 000000", 0, false)] // no last block
    public void Sizes_and_windows_that_frames_claim_are_checked(string hex, int length, bool valid)
    {
        byte[] stored = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(valid, ZstdFrame.TryDecompress(stored, new byte[length]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, length + 100_000);
    }

    // Null where it is refused. Fails where a byte beside the place is written.
    private static byte[]? Decompress(byte[] stored, int length)
    {
        const int Margin = 64;
        var place = new byte[length + (2 * Margin)];
        place.AsSpan().Fill(Canary);
        bool whole = ZstdFrame.TryDecompress(stored, place.AsSpan(Margin, length));
        Assert.False(place.AsSpan(0, Margin).ContainsAnyExcept(Canary) || place.AsSpan(Margin + length).ContainsAnyExcept(Canary), "bytes beside the place were written");
        return whole ? place[Margin..(Margin + length)] : null;
    }
}
