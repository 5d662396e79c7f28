using DataVersion.Compression;
using DataVersion.Storage;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Compression;

/// <summary>Writing and reading whole contents and ranges of them.</summary>
public sealed class SeekableZstdTests
{
    private static readonly byte[] Mixed = [.. Samples.Text(Samples.MiB + 5), .. Samples.Noise(Samples.MiB), .. new byte[Samples.MiB], .. Samples.Text(333_333)];
    private static readonly Lazy<Task<byte[]>> MixedBlob = new(() => Samples.SeekableAsync(Mixed));

    public static TheoryData<int, string> Contents
    {
        get
        {
            var data = new TheoryData<int, string>();
            foreach (int length in new[] { 0, 1, 1000, Samples.MiB - 1, Samples.MiB, Samples.MiB + 1, 3 * Samples.MiB, 5 * Samples.MiB })
            {
                foreach (string kind in new[] { "text", "noise", "zeros" })
                    data.Add(length, kind);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Contents))]
    public async Task What_goes_in_comes_out(int length, string kind)
    {
        byte[] raw = kind switch { "text" => Samples.Text(length), "noise" => Samples.Noise(length), _ => new byte[length] };

        byte[] stored = await Samples.SeekableAsync(raw);

        var blob = new SampleBlob(stored);
        SeekTable table = (await blob.TableAsync())!;
        Assert.Equal((raw.Length, stored.Length, (length + Samples.MiB - 1) / Samples.MiB), (table.RawSize, table.StoredSize, table.Frames));
        Assert.Equal(raw, await Samples.ReadAllAsync(await new SeekableReader(table, blob.OpenAsync).OpenReadAsync(null, TestContext.Current.CancellationToken)));
        // One request for the table, one for all frames, none for nothing.
        Assert.Equal(length == 0 ? 1 : 2, blob.Requests.Count);
    }

    [Fact]
    public async Task Any_range_is_the_slice_and_costs_one_request_of_the_frames_that_cover_it()
    {
        byte[] stored = await MixedBlob.Value;
        SeekTable table = (await new SampleBlob(stored).TableAsync())!;
        Gen<long> places =
            from edge in Gen.Elements(0L, 0, Samples.MiB, 2 * Samples.MiB, 3 * Samples.MiB, Mixed.Length)
            from step in Gen.OneOf(Gen.Choose(-2, 2), Gen.Choose(0, Samples.MiB))
            select Math.Max(0, edge + step);
        Gen<long> lengths = Gen.OneOf(Gen.Choose(0, 3).Select(i => (long)i), Gen.Choose(0, 4 * Samples.MiB).Select(i => (long)i), Gen.Constant(long.MaxValue));
        var ranges = from offset in places from length in lengths from sync in ArbMap.Default.GeneratorFor<bool>() select (Range: new ByteRange(offset, length), Sync: sync);

        Prop.ForAll(ranges.ToArbitrary(), test =>
        {
            var blob = new SampleBlob(stored);
            int from = (int)Math.Min(test.Range.Offset, Mixed.Length);
            int count = (int)Math.Min(test.Range.Length, Mixed.Length - from);

            using Stream stream = new SeekableReader(table, blob.OpenAsync).OpenReadAsync(test.Range, CancellationToken.None).GetAwaiter().GetResult();
            byte[] read = test.Sync ? ReadAll(stream) : Samples.ReadAllAsync(stream).GetAwaiter().GetResult();

            Assert.True(read.AsSpan().SequenceEqual(Mixed.AsSpan(from, count)));
            if (count == 0)
            {
                Assert.Empty(blob.Requests);
                return;
            }
            int first = from / Samples.MiB;
            int end = ((from + count - 1) / Samples.MiB) + 1;
            Assert.Equal([new ByteRange(table.Start(first), table.Start(end) - table.Start(first))], blob.Requests);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    public async Task A_range_is_not_negative(long offset, long length)
    {
        var blob = new SampleBlob(await MixedBlob.Value);
        var reader = new SeekableReader((await blob.TableAsync())!, blob.OpenAsync);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => reader.OpenReadAsync(new ByteRange(offset, length), CancellationToken.None));
    }

    [Fact]
    public async Task The_bytes_are_the_same_however_many_frames_are_under_way_and_however_the_source_gives_its_bytes()
    {
        byte[] stored = await MixedBlob.Value;

        foreach (int underWay in new[] { 1, 3, 16 })
            Assert.Equal(stored, await Samples.SeekableAsync(Mixed, underWay));
        using var pieces = new MemoryStream();
        await SeekableZstd.CompressAsync(new PieceStream(Mixed), pieces, null, TestContext.Current.CancellationToken);
        Assert.Equal(stored, pieces.ToArray());
    }

    [Fact]
    public async Task Progress_sums_up_to_the_content()
    {
        var told = new List<long>();

        await SeekableZstd.CompressAsync(new PieceStream(Mixed), Stream.Null, told.Add, TestContext.Current.CancellationToken);

        Assert.Equal([Samples.MiB, Samples.MiB, Samples.MiB, Mixed.Length - (3 * Samples.MiB)], told);
    }

    [Fact]
    public async Task A_damaged_frame_is_named_once_what_lies_before_it_was_read_and_ever_after()
    {
        byte[] stored = [.. await MixedBlob.Value];
        SeekTable table = (await new SampleBlob(stored).TableAsync())!;
        stored[table.Start(2)] ^= 1;
        await using Stream stream = await new SeekableReader(table, new SampleBlob(stored).OpenAsync).OpenReadAsync(null, TestContext.Current.CancellationToken);
        var sound = new byte[2 * Samples.MiB];

        await stream.ReadExactlyAsync(sound, TestContext.Current.CancellationToken);
        var first = await Assert.ThrowsAsync<InvalidDataException>(async () => await stream.ReadExactlyAsync(new byte[10], CancellationToken.None));
        var second = Assert.Throws<InvalidDataException>(() => stream.ReadExactly(new byte[10]));

        Assert.Equal(Mixed[..sound.Length], sound);
        Assert.Equal($"compressed data is damaged: frame 3 of 4, at byte {table.Start(2)}, is not a zstd frame of 1048576 bytes", first.Message);
        Assert.Equal(first.Message, second.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_blob_that_ends_early_is_damaged(bool sync)
    {
        byte[] stored = await MixedBlob.Value;
        SeekTable table = (await new SampleBlob(stored).TableAsync())!;
        byte[] cut = stored[..(int)(table.Start(3) + 10)];
        await using Stream stream = await new SeekableReader(table, new SampleBlob(cut).OpenAsync).OpenReadAsync(new ByteRange(3 * Samples.MiB, 5), TestContext.Current.CancellationToken);

        InvalidDataException e = sync ? Assert.Throws<InvalidDataException>(() => ReadAll(stream)) : await Assert.ThrowsAsync<InvalidDataException>(() => Samples.ReadAllAsync(stream));

        Assert.EndsWith($"ends after 10 of {table.StoredLength(3)} bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_blob_of_the_same_size_is_an_error_and_never_other_content()
    {
        SeekTable table = (await new SampleBlob(await MixedBlob.Value).TableAsync())!;
        byte[] swapped = [.. await MixedBlob.Value];
        // Frames of noise and zeros in each other's place.
        byte[] noise = swapped[(int)table.Start(1)..(int)table.Start(2)];
        byte[] zeros = swapped[(int)table.Start(2)..(int)table.Start(3)];
        zeros.CopyTo(swapped, table.Start(1));
        noise.CopyTo(swapped, table.Start(1) + zeros.Length);

        Stream stream = await new SeekableReader(table, new SampleBlob(swapped).OpenAsync).OpenReadAsync(new ByteRange(Samples.MiB, 1), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidDataException>(() => Samples.ReadAllAsync(stream));
    }

    [Fact]
    public async Task A_read_that_was_cancelled_can_go_on_where_it_stopped()
    {
        var blob = new SampleBlob(await MixedBlob.Value);
        await using Stream stream = await new SeekableReader((await blob.TableAsync())!, blob.OpenAsync).OpenReadAsync(null, TestContext.Current.CancellationToken);
        using var cancelled = new CancellationTokenSource();
        Task<int> read = stream.ReadAsync(new byte[10], cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        int got = await read.ContinueWith(t => t.IsCanceled ? 0 : t.Result, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);

        Assert.Equal(Mixed[got..], await Samples.ReadAllAsync(stream));
    }

    [Fact]
    public async Task Errors_of_the_source_pass_through_the_reader_and_close_it()
    {
        var blob = new SampleBlob(await MixedBlob.Value);
        SeekTable table = (await blob.TableAsync())!;

        await Assert.ThrowsAsync<IOException>(() => new SeekableReader(table, (_, _) => throw new IOException()).OpenReadAsync(null, CancellationToken.None));
        var source = new PieceStream(await MixedBlob.Value, breaksAt: 500_000);
        Stream stream = await new SeekableReader(table, (_, _) => Task.FromResult<Stream>(source)).OpenReadAsync(null, CancellationToken.None);
        var e = await Assert.ThrowsAsync<IOException>(() => Samples.ReadAllAsync(stream));
        Assert.Equal("the source broke", e.Message);
    }

    private static byte[] ReadAll(Stream stream)
    {
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }
}
