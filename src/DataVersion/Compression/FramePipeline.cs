using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace DataVersion.Compression;

/// <summary>
/// One run of <see cref="SeekableZstd"/>: one side reads and starts the compression of each frame, the other awaits the frames in their order and
/// writes them. The first error of any side stops both.
/// </summary>
/// <param name="raw">Read up to its end.</param>
/// <param name="destination">Written.</param>
/// <param name="progress">Told the raw bytes of each frame that is written.</param>
/// <param name="underWay">The most frames that are being read, compressed or written at any time: what bounds the memory.</param>
internal sealed class FramePipeline(Stream raw, Stream destination, Action<long>? progress, int underWay) : IDisposable
{
    private readonly record struct Frame(byte[] Stored, int StoredLength, int RawLength);

    private readonly Channel<Task<Frame>> _frames = Channel.CreateUnbounded<Task<Frame>>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim _free = new(underWay);
    private readonly List<int> _storedLengths = [];
    private ExceptionDispatchInfo? _first;

    /// <summary>Returns the bytes written, once nothing of it runs any more.</summary>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        long written = 0;
        // The side that writes begins here, and returns at the first frame that is not there yet.
        Task write = OrStopAsync(async () => written = await WriteAsync(stop.Token), stop);
        await OrStopAsync(() => ReadAsync(stop.Token), stop);
        _frames.Writer.Complete();
        await write;
        await DrainAsync();
        if (_first?.SourceException is OperationCanceledException)
            cancellationToken.ThrowIfCancellationRequested();
        _first?.Throw();
        return written;
    }

    public void Dispose() => _free.Dispose();

    private async Task OrStopAsync(Func<Task> side, CancellationTokenSource stop)
    {
        try
        {
            await side();
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _first, ExceptionDispatchInfo.Capture(e), null);
            await stop.CancelAsync();
        }
    }

    private async Task ReadAsync(CancellationToken stop)
    {
        for (int frames = 0; ; frames++)
        {
            await _free.WaitAsync(stop);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(SeekTable.FrameBytes);
            int read = await raw.ReadAtLeastAsync(buffer.AsMemory(0, SeekTable.FrameBytes), SeekTable.FrameBytes, throwOnEndOfStream: false, stop);
            if (read > 0 && frames == SeekTable.MaxFrames)
                throw new NotSupportedException($"content of more than {SeekTable.MaxFrames} frames of {SeekTable.FrameBytes} bytes cannot be compressed");
            if (read > 0)
                _frames.Writer.TryWrite(Task.Run(() => Compress(buffer, read), CancellationToken.None));
            // A short frame is the last one.
            if (read < SeekTable.FrameBytes)
                return;
        }
    }

    private static Frame Compress(byte[] buffer, int count)
    {
        byte[] stored = ArrayPool<byte>.Shared.Rent(ZstdFrame.Bound(count));
        int length = ZstdFrame.Compress(buffer.AsSpan(0, count), stored);
        ArrayPool<byte>.Shared.Return(buffer);
        return new Frame(stored, length, count);
    }

    private async Task<long> WriteAsync(CancellationToken stop)
    {
        long rawSize = 0;
        long written = 0;
        await foreach (Task<Frame> next in _frames.Reader.ReadAllAsync(stop))
        {
            Frame frame = await next;
            await destination.WriteAsync(frame.Stored.AsMemory(0, frame.StoredLength), stop);
            // Only what was written in peace goes back: a write that was given up may still read it.
            ArrayPool<byte>.Shared.Return(frame.Stored);
            _free.Release();
            _storedLengths.Add(frame.StoredLength);
            rawSize += frame.RawLength;
            written += frame.StoredLength;
            progress?.Invoke(frame.RawLength);
        }
        // With a table, what was written so far would look whole.
        stop.ThrowIfCancellationRequested();
        byte[] table = SeekTable.Write(_storedLengths, rawSize);
        await destination.WriteAsync(table, stop);
        return written + table.Length;
    }

    // Frames that nobody wrote after a failure: their threads end before the caller goes on.
    private async Task DrainAsync()
    {
        while (_frames.Reader.TryRead(out Task<Frame>? frame))
            await Task.WhenAny(frame);
    }
}
