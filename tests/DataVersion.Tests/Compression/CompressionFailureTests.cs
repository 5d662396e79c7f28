using DataVersion.Compression;
using Xunit;

namespace DataVersion.Tests.Compression;

/// <summary>When a side of a compression fails or is cancelled, all of it ends, with that error.</summary>
public sealed class CompressionFailureTests
{
    private static readonly byte[] Content = Samples.Text(6 * Samples.MiB);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3 * Samples.MiB)]
    public async Task A_source_that_breaks_ends_it(int at)
    {
        using var destination = new MemoryStream();

        var e = await Assert.ThrowsAsync<IOException>(() => SeekableZstd.CompressAsync(new PieceStream(Content, breaksAt: at), destination, null, TestContext.Current.CancellationToken));

        Assert.Equal("the source broke", e.Message);
        await AssertNoTableAsync(destination);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 8)]
    [InlineData(3, 2)]
    [InlineData(7, 2)] // the table
    public async Task A_destination_that_breaks_ends_it(int write, int underWay)
    {
        using var destination = new Destination(n => n == write ? throw new IOException("the destination broke") : Task.CompletedTask);

        var e = await Assert.ThrowsAsync<IOException>(() => SeekableZstd.CompressAsync(new PieceStream(Content), destination, null, underWay, TestContext.Current.CancellationToken));

        Assert.Equal("the destination broke", e.Message);
        await AssertNoTableAsync(destination);
    }

    [Fact]
    public async Task A_destination_that_breaks_stops_a_source_that_waits()
    {
        using var source = new WaitingSource();
        using var destination = new Destination(_ => throw new IOException("the destination broke"));

        await Assert.ThrowsAsync<IOException>(() => SeekableZstd.CompressAsync(source, destination, null, 2, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_source_that_breaks_stops_a_destination_that_waits()
    {
        using var destination = new Destination(_ => Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken));

        var e = await Assert.ThrowsAsync<IOException>(() =>
            SeekableZstd.CompressAsync(new PieceStream(Content, breaksAt: 2 * Samples.MiB), destination, null, 4, TestContext.Current.CancellationToken));

        Assert.Equal("the source broke", e.Message);
    }

    [Fact]
    public async Task An_error_of_the_one_who_is_told_ends_it()
    {
        using var destination = new MemoryStream();

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            SeekableZstd.CompressAsync(new PieceStream(Content), destination, _ => throw new InvalidOperationException(), TestContext.Current.CancellationToken));

        await AssertNoTableAsync(destination);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    public async Task Cancelling_ends_it(int afterFrames)
    {
        using var cancel = new CancellationTokenSource();
        using var destination = new MemoryStream();
        int told = 0;
        if (afterFrames == 0)
            await cancel.CancelAsync();

        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SeekableZstd.CompressAsync(new PieceStream(Content), destination, _ => CancelAfter(afterFrames), cancel.Token));

        Assert.Equal(cancel.Token, e.CancellationToken);
        await AssertNoTableAsync(destination);

        void CancelAfter(int frames)
        {
            if (++told == frames)
                cancel.Cancel();
        }
    }

    [Fact]
    public async Task Memory_is_bounded_the_source_never_runs_far_ahead_of_the_destination()
    {
        var source = new EndlessSource();
        using var cancel = new CancellationTokenSource();
        long furthest = 0;
        using var destination = new Destination(async n =>
        {
            for (int i = 0; i < 20; i++)
                await Task.Yield();
            furthest = Math.Max(furthest, source.Given - ((n - 1L) * Samples.MiB));
            if (n == 100)
                await cancel.CancelAsync();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SeekableZstd.CompressAsync(source, destination, null, 2, cancel.Token));

        Assert.InRange(furthest, Samples.MiB, 2L * Samples.MiB);
    }

    // Without a table nothing takes for whole what is not.
    private static async Task AssertNoTableAsync(MemoryStream destination) => Assert.Null(await new SampleBlob(destination.ToArray()).TableAsync());

    /// <summary>Does something at each write, from 1 on.</summary>
    private sealed class Destination(Func<int, Task> atWrite) : MemoryStream
    {
        private int _writes;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await atWrite(++_writes).WaitAsync(cancellationToken);
            await base.WriteAsync(buffer, cancellationToken);
        }
    }

    /// <summary>Gives one frame and then waits until it is cancelled.</summary>
    private sealed class WaitingSource : MemoryStream
    {
        private bool _given;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_given)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            _given = true;
            return buffer.Length;
        }
    }

    private sealed class EndlessSource : MemoryStream
    {
        private long _given;

        internal long Given => Interlocked.Read(ref _given);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Interlocked.Add(ref _given, buffer.Length);
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
