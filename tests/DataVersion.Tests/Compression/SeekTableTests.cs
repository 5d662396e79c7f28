using System.Buffers.Binary;
using DataVersion.Compression;
using DataVersion.Storage;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Compression;

/// <summary>The table at the end of a blob: what agrees with the blob is read, anything else is none.</summary>
public sealed class SeekTableTests
{
    private const int MiB = SeekTable.FrameBytes;

    [Fact]
    public void The_bytes_are_those_of_the_specification()
    {
        byte[] table = SeekTable.Write([300, 77], MiB + 5);

        Assert.Equal("5E2A4D18" + "19000000" + "2C010000" + "00001000" + "4D000000" + "05000000" + "02000000" + "00" + "B1EA928F", Convert.ToHexString(table));
        Assert.Equal("5E2A4D18" + "09000000" + "00000000" + "00" + "B1EA928F", Convert.ToHexString(SeekTable.Write([], 0)));
    }

    [Fact]
    public async Task It_says_where_each_frame_lies()
    {
        var blob = Blob([300, 77, 9], (2 * MiB) + 5);

        SeekTable table = (await blob.TableAsync())!;

        Assert.Equal((3, (2 * MiB) + 5L, 386 + 17 + 24L), (table.Frames, table.RawSize, table.StoredSize));
        Assert.Equal([0L, 300, 377, 386], Enumerable.Range(0, 4).Select(table.Start));
        Assert.Equal([300, 77, 9], Enumerable.Range(0, 3).Select(table.StoredLength));
        Assert.Equal([MiB, MiB, 5], Enumerable.Range(0, 3).Select(table.RawLength));
    }

    [Theory]
    [InlineData(0, 17, 0)]
    [InlineData(10, 10 * 10 + 97, 0)]
    [InlineData(8189, 65_536 - 7, 0)] // the longest table that the first request holds: 8 + 8 × 8189 + 9
    [InlineData(8190, 65_536, 65_537)]
    [InlineData(20_000, 65_536, 160_017)]
    public async Task One_request_reads_it_and_a_second_one_only_what_was_missing(int frames, int firstAtLeast, int longer)
    {
        int[] lengths = [.. Enumerable.Repeat(10, frames)];
        var blob = Blob(lengths, (long)frames * MiB);
        long size = (frames * 10L) + 17 + (frames * 8L);

        SeekTable table = (await blob.TableAsync())!;

        Assert.Equal((frames, (long)frames * MiB), (table.Frames, table.RawSize));
        long first = Math.Min(size, 65_536);
        Assert.True(first >= firstAtLeast);
        ByteRange[] expected = longer == 0 ? [new(size - first, first)] : [new(size - first, first), new(size - longer, longer - first)];
        Assert.Equal(expected, blob.Requests);
    }

    [Theory]
    [InlineData(0, 0x51u)] // another magic number
    [InlineData(4, 24u)] // another length
    [InlineData(8, 301u)] // sizes that do not add up
    [InlineData(8, 299u)]
    [InlineData(8, 0u)]
    [InlineData(8, 0xFFFFFFFFu)]
    [InlineData(12, MiB - 1u)] // a short frame that is not the last
    [InlineData(12, MiB + 1u)]
    [InlineData(12, 0u)]
    [InlineData(20, 0u)] // an empty last one
    [InlineData(20, MiB + 1u)]
    [InlineData(20, 0xFFFFFFFFu)]
    [InlineData(24, 1u)] // another number of frames
    [InlineData(24, 3u)]
    [InlineData(24, 0u)]
    [InlineData(24, 0x01000001u)]
    [InlineData(24, 0xFFFFFFFFu)]
    [InlineData(29, 0x8F92EAB0u)]
    public async Task A_table_that_does_not_agree_is_none(int at, uint value)
    {
        byte[] table = SeekTable.Write([300, 77], MiB + 5);
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(at), value);

        Assert.Null(await new SampleBlob([.. new byte[377], .. table]).TableAsync());
    }

    [Fact]
    public async Task A_frame_is_never_longer_than_its_content_can_become()
    {
        Assert.NotNull(await Blob([ZstdFrame.Bound(MiB), ZstdFrame.Bound(5)], MiB + 5).TableAsync());
        Assert.Null(await Blob([ZstdFrame.Bound(MiB) + 1, ZstdFrame.Bound(5)], MiB + 5).TableAsync());
        Assert.Null(await Blob([ZstdFrame.Bound(MiB), ZstdFrame.Bound(5) + 1], MiB + 5).TableAsync());
        Assert.NotNull(await Blob([ZstdFrame.MinBytes], 5).TableAsync());
        Assert.Null(await Blob([ZstdFrame.MinBytes - 1], 5).TableAsync());
    }

    [Theory]
    [InlineData(0x80)] // checksums
    [InlineData(0x04)] // reserved
    [InlineData(0x01)] // not in use: whoever sets it knows something that this reader does not
    public async Task A_descriptor_with_any_bit_is_none(byte descriptor)
    {
        byte[] table = SeekTable.Write([300], 5);
        table[^5] = descriptor;

        Assert.Null(await new SampleBlob([.. new byte[300], .. table]).TableAsync());
    }

    [Fact]
    public async Task A_table_that_the_blob_has_no_room_for_costs_no_second_request()
    {
        byte[] bytes = Samples.Noise(70_000);
        // 16 Mi frames.
        Convert.FromHexString("00000001" + "00" + "B1EA928F").CopyTo(bytes, bytes.Length - 9);
        var blob = new SampleBlob(bytes);

        Assert.Null(await blob.TableAsync());
        Assert.Single(blob.Requests);
    }

    [Fact]
    public async Task A_blob_too_small_for_a_table_costs_no_request()
    {
        var blob = new SampleBlob(new byte[16]);

        Assert.Null(await blob.TableAsync());
        Assert.Empty(blob.Requests);
    }

    [Fact]
    public async Task A_blob_of_another_size_than_was_said_has_none()
    {
        byte[] bytes = [.. new byte[377], .. SeekTable.Write([300, 77], MiB + 5)];

        Assert.Null(await SeekTable.TryReadAsync(bytes.Length + 1, new SampleBlob(bytes).OpenAsync, CancellationToken.None));
        Assert.Null(await SeekTable.TryReadAsync(bytes.Length - 1, new SampleBlob(bytes).OpenAsync, CancellationToken.None));
        Assert.Null(await SeekTable.TryReadAsync(bytes.Length, new SampleBlob(bytes[1..]).OpenAsync, CancellationToken.None));
        Assert.Null(await SeekTable.TryReadAsync(bytes.Length, new SampleBlob([]).OpenAsync, CancellationToken.None));
    }

    [Fact]
    public void Any_lengths_are_read_as_they_were_written()
    {
        Gen<(int[] Lengths, int Last)> tables =
            from lengths in Gen.Choose(ZstdFrame.MinBytes, 2000).ArrayOf()
            from last in Gen.Choose(1500, MiB)
            select (lengths, last);
        Prop.ForAll(tables.ToArbitrary(), t =>
        {
            long raw = t.Lengths.Length == 0 ? 0 : ((t.Lengths.Length - 1L) * MiB) + t.Last;
            SeekTable? table = Blob(t.Lengths, raw).TableAsync().GetAwaiter().GetResult();
            return table is not null && table.RawSize == raw && Enumerable.Range(0, table.Frames).Select(table.StoredLength).SequenceEqual(t.Lengths);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Any_bytes_are_a_table_or_none()
    {
        byte[] sound = [.. new byte[377], .. SeekTable.Write([300, 77], MiB + 5)];

        Prop.ForAll<byte[]>(bytes => new SampleBlob([.. bytes, .. sound[^9..]]).TableAsync().GetAwaiter().GetResult() is null or { Frames: <= 2 }).QuickCheckThrowOnFailure();
        Prop.ForAll<byte[]>(bytes => new SampleBlob(bytes).TableAsync().GetAwaiter().GetResult() is null).QuickCheckThrowOnFailure();
        for (int length = 0; length < sound.Length; length++)
        {
            Assert.Null(await new SampleBlob(sound[..length]).TableAsync());
            // What is missing at the front no more agrees with the size.
            Assert.Null(await new SampleBlob(sound[(length + 1)..]).TableAsync());
        }
    }

    [Fact]
    public async Task Every_flipped_bit_of_a_table_is_noticed_but_those_of_the_last_frames_length()
    {
        byte[] sound = [.. new byte[377], .. SeekTable.Write([300, 77], MiB + 500)];
        const int LastRawLength = 377 + 20;
        for (int bit = 377 * 8; bit < sound.Length * 8; bit++)
        {
            byte[] flipped = [.. sound];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            SeekTable? table = await new SampleBlob(flipped).TableAsync();
            if (table is not null)
                Assert.InRange(bit / 8, LastRawLength, LastRawLength + 3);
        }
    }

    [Fact]
    public async Task Errors_and_cancellation_pass_through()
    {
        await Assert.ThrowsAsync<IOException>(() => SeekTable.TryReadAsync(100, (_, _) => throw new IOException(), CancellationToken.None));
        await Assert.ThrowsAsync<IOException>(() => SeekTable.TryReadAsync(100, (_, _) => Task.FromResult<Stream>(new PieceStream(new byte[100], breaksAt: 3)), CancellationToken.None));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SeekTable.TryReadAsync(100, new SampleBlob(new byte[100]).OpenAsync, new CancellationToken(true)));
    }

    private static SampleBlob Blob(int[] lengths, long rawSize) => new([.. new byte[lengths.Sum()], .. SeekTable.Write(lengths, rawSize)]);
}
