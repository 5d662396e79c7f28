using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Channels;

namespace DataVersion.Testing.Faults;

/// <summary>One direction of a connection: counts, delays, slows down and cuts what is sent.</summary>
internal sealed class ProxyLine(Socket to, bool up, ConnectionBudget budget, FaultProxy proxy, CancellationToken token)
{
    // Of up to 64 KiB each: what may be on its way at one time, as a TCP window allows.
    private const int MaxUnderWay = 64;

    private Channel<Piece>? _underWay;
    private Task _sending = Task.CompletedTask;

    /// <summary>Sends bytes, or puts them on their way; returns as soon as the buffer may be used again.</summary>
    /// <exception cref="LineCutException">The script wants the connection cut here.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        LineShape shape = proxy.Shape;
        TimeSpan latency = up ? shape.LatencyUp : shape.LatencyDown;
        if (_underWay is null && latency == TimeSpan.Zero)
        {
            await SendAsync(bytes);
            return;
        }
        if (_underWay is null)
        {
            _underWay = Channel.CreateBounded<Piece>(new BoundedChannelOptions(MaxUnderWay) { SingleReader = true, SingleWriter = true });
            _sending = SendDelayedAsync(_underWay.Reader);
        }
        long due = Stopwatch.GetTimestamp() + (long)(latency.TotalSeconds * Stopwatch.Frequency);
        for (int done = 0; done < bytes.Length; done += Piece.MaxSize)
        {
            ReadOnlyMemory<byte> part = bytes.Slice(done, Math.Min(Piece.MaxSize, bytes.Length - done));
            byte[] copy = ArrayPool<byte>.Shared.Rent(part.Length);
            part.CopyTo(copy);
            if (!await _underWay.Writer.WaitToWriteAsync(token) || !_underWay.Writer.TryWrite(new Piece(due, copy, part.Length)))
                await _sending;
        }
    }

    /// <summary>Waits until all has arrived, and tells the other side that nothing more comes.</summary>
    public async Task CompleteAsync()
    {
        await DrainAsync();
        to.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Waits until all has arrived; nothing can be sent afterwards.</summary>
    public async Task DrainAsync()
    {
        _underWay?.Writer.TryComplete();
        await _sending;
    }

    private async Task SendDelayedAsync(ChannelReader<Piece> pieces)
    {
        try
        {
            await foreach (Piece piece in pieces.ReadAllAsync(token))
            {
                TimeSpan wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), piece.Due);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, token);
                await SendAsync(piece.Bytes.AsMemory(0, piece.Count));
                ArrayPool<byte>.Shared.Return(piece.Bytes);
            }
        }
        finally
        {
            // After a failure: the writer learns of it at its next piece, or at the end.
            _underWay!.Writer.TryComplete();
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        long rate = up ? proxy.Shape.RateUp : proxy.Shape.RateDown;
        // A slow line moves little at a time, not much now and then.
        int slice = rate > 0 ? (int)Math.Clamp(rate / 50, 1024, Piece.MaxSize) : bytes.Length;
        for (int done = 0; done < bytes.Length; done += slice)
            await SendSliceAsync(bytes.Slice(done, Math.Min(slice, bytes.Length - done)), rate);
    }

    private async ValueTask SendSliceAsync(ReadOnlyMemory<byte> bytes, long rate)
    {
        TimeSpan wait = proxy.Traffic.WaitFor(up, bytes.Length, rate);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, token);
        (int own, bool cutOwn) = budget.Take(bytes.Length);
        (int count, bool cutAll) = proxy.Traffic.Pass(up, own);
        for (int sent = 0; sent < count;)
            sent += await to.SendAsync(bytes[sent..count], SocketFlags.None, token);
        if (cutAll)
            proxy.CutAll();
        else if (cutOwn)
            budget.Cut();
        if (cutAll || cutOwn)
            throw new LineCutException(cutAll);
    }

    private readonly record struct Piece(long Due, byte[] Bytes, int Count)
    {
        public const int MaxSize = 64 * 1024;
    }
}

/// <summary>The script wants a connection to end here.</summary>
internal sealed class LineCutException(bool reset) : IOException("cut by the script")
{
    public bool Reset => reset;
}

/// <summary>How many bytes a connection may still pass, both directions together; <paramref name="cut"/> ends it then.</summary>
internal sealed class ConnectionBudget(long bytes, Action cut)
{
    private readonly Lock _lock = new();
    private long _left = bytes;

    /// <summary>Takes what is left, at most <paramref name="count"/>.</summary>
    public (int Count, bool Cut) Take(int count)
    {
        lock (_lock)
        {
            int taken = (int)Math.Min(count, _left);
            _left -= taken;
            return (taken, _left == 0);
        }
    }

    /// <summary>Ends the connection now.</summary>
    public void Cut() => cut();
}
