using System.Collections.Concurrent;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Transfers;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class BlockReaderTests
{
    private const int Block = BlockHasher.BlockSize;

    private static readonly byte[] Data = Random(3 * Block);
    private static readonly int[] Sizes = [1, 1000, Block - 1, Block, Block + 1, (2 * Block) + 77, 3 * Block];
    private static readonly Dictionary<int, (ObjectKey Key, byte[] Blocks)> Objects = Sizes.ToDictionary(s => s, Describe);

    // Anywhere, and often at the borders of blocks.
    private static readonly Gen<int> Place = Gen.OneOf(
        Gen.Choose(0, 3 * Block), from border in Gen.Elements(0, Block, 2 * Block, 3 * Block) from step in Gen.Choose(-2, 2) select border + step);

    private static readonly Gen<(int Size, ByteRange Range)> Case =
        from size in Gen.Elements(Sizes)
        from offset in Place
        from end in Place
        let start = Math.Clamp(offset, 0, size)
        let to = Math.Clamp(end, start, size)
        select (size, new ByteRange(start, to - start));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Any_range_of_any_size_is_exactly_that_slice_out_of_the_blocks_that_cover_it() => Prop.ForAll(Case.ToArbitrary(), ((int Size, ByteRange Range) it) =>
    {
        var opened = new ConcurrentBag<ByteRange>();
        using var output = new MemoryStream();

        ReadAsync(it.Size, it.Range, output, opened.Add).GetAwaiter().GetResult();

        bool isSlice = output.ToArray().AsSpan().SequenceEqual(Data.AsSpan((int)it.Range.Offset, (int)it.Range.Length));
        long first = it.Range.Offset / Block, blocks = it.Range.Length == 0 ? 0 : ((it.Range.Offset + it.Range.Length - 1) / Block) - first + 1;
        IEnumerable<ByteRange> expected = Enumerable.Range((int)first, (int)blocks).Select(b => new ByteRange((long)b * Block, Math.Min(Block, it.Size - ((long)b * Block))));
        return isSlice && opened.OrderBy(o => o.Offset).SequenceEqual(expected);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, Block)]
    [InlineData(2, 2 * Block)]
    public async Task Not_one_byte_of_a_block_that_is_not_right_is_handed_on(int bad, int written)
    {
        byte[] damaged = [.. Data];
        damaged[(bad * Block) + 5]++;
        using var output = new MemoryStream();
        int asked = 0;

        var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => ReadAsync(3 * Block, new ByteRange(0, 3 * Block), output, r => asked += r.Offset == (long)bad * Block ? 1 : 0, damaged));

        Assert.Equal(Data[..written], output.ToArray());
        Assert.Contains($"in a test, bytes {bad * Block} to {((bad + 1) * Block) - 1}: its bytes are sha256:", error.Message, StringComparison.Ordinal);
        // The way here may have damaged it, so it is asked for once more.
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_block_that_was_damaged_on_the_way_once_comes_right_the_second_time()
    {
        byte[] damaged = [.. Data];
        damaged[Block + 5]++;
        using var output = new MemoryStream();
        int asked = 0;
        var reader = Reader(3 * Block, range => range.Offset == Block && Interlocked.Increment(ref asked) == 1 ? damaged : Data);

        await reader.CopyAsync(new ByteRange(Block, 100), bytes => output.WriteAsync(bytes, Token), Token);

        Assert.Equal(Data[Block..(Block + 100)], output.ToArray());
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_store_that_ends_early_is_corrupt()
    {
        using var output = new MemoryStream();

        var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => ReadAsync(Block + 1, new ByteRange(0, 10), output, bytes: Data[..(Block - 1)]));

        Assert.Equal(0, output.Length);
        Assert.Contains($"{Block - 1} instead of {Block}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_list_that_is_not_the_objects_the_last_block_is_held_back()
    {
        using var output = new MemoryStream();
        (_, byte[] blocks) = Objects[3 * Block];
        var reader = new BlockReader(Objects[Block].Key, 3 * Block, blocks, Open(_ => Data)) { Where = "in a test" };

        var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => reader.CopyAsync(new ByteRange(0, 3 * Block), bytes => output.WriteAsync(bytes, Token), Token));

        Assert.Equal(Objects[3 * Block].Key.Id.ToString(), error.Actual);
        Assert.Equal(Data[..(2 * Block)], output.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_more_blocks_are_under_way_than_allowed_and_a_slow_reader_stops_them(int atOnce)
    {
        int open = 0, most = 0, opened = 0;
        var firstWrite = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        var reader = new BlockReader(Objects[3 * Block].Key, 3 * Block, Objects[3 * Block].Blocks, async (range, token) =>
        {
            Interlocked.Increment(ref opened);
            most = Math.Max(most, Interlocked.Increment(ref open));
            await Task.Delay(5, token);
            Interlocked.Decrement(ref open);
            return new MemoryStream(Data, (int)range.Offset, (int)range.Length);
        })
        { Where = "in a test", AtOnce = atOnce };

        Task copy = reader.CopyAsync(new ByteRange(0, 3 * Block), async bytes =>
        {
            firstWrite.TrySetResult();
            await goOn.Task;
        }, Token);
        await firstWrite.Task;
        await Task.Delay(100, Token);
        int ahead = opened;
        goOn.SetResult();
        await copy;

        Assert.InRange(most, 1, atOnce);
        Assert.Equal(1 + atOnce, ahead);
        Assert.Equal(3, opened);
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_what_is_under_way()
    {
        var cancelled = new TaskCompletionSource();
        var reader = new BlockReader(Objects[3 * Block].Key, 3 * Block, Objects[3 * Block].Blocks, async (range, token) =>
        {
            if (range.Offset > 0)
            {
                await using CancellationTokenRegistration _ = token.Register(cancelled.SetResult);
                await Task.Delay(Timeout.Infinite, token);
            }
            return new MemoryStream(Data, (int)range.Offset, (int)range.Length);
        })
        { Where = "in a test", AtOnce = 1 };

        await Assert.ThrowsAsync<IOException>(() => reader.CopyAsync(new ByteRange(0, 3 * Block), async _ =>
        {
            await Task.Delay(50, Token);
            throw new IOException("broken pipe");
        }, Token));

        Assert.True(cancelled.Task.IsCompleted);
    }

    private static Task ReadAsync(int size, ByteRange range, MemoryStream output, Action<ByteRange>? opened = null, byte[]? bytes = null) => Reader(size, part =>
    {
        opened?.Invoke(part);
        return bytes ?? Data;
    }).CopyAsync(range, piece => output.WriteAsync(piece, Token), Token);

    private static BlockReader Reader(int size, Func<ByteRange, byte[]> bytes) => new(Objects[size].Key, size, Objects[size].Blocks, Open(bytes)) { Where = "in a test", AtOnce = 2 };

    private static RangeOpener Open(Func<ByteRange, byte[]> bytes) => (range, _) =>
    {
        byte[] all = bytes(range);
        int offset = (int)Math.Min(range.Offset, all.Length);
        return Task.FromResult<Stream>(new MemoryStream(all, offset, (int)Math.Min(range.Length, all.Length - offset)));
    };

    private static (ObjectKey, byte[]) Describe(int size)
    {
        using var blocks = new BlockHasher();
        blocks.Append(Data.AsSpan(0, size));
        return (ObjectKey.Content(IdentityHash.Of(HashKind.Sha256, Data.AsSpan(0, size))), blocks.Finish());
    }

    private static byte[] Random(int size)
    {
        var bytes = new byte[size];
        new Random(8).NextBytes(bytes);
        return bytes;
    }
}
