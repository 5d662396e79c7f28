using System.Net;
using System.Net.Sockets;

namespace DataVersion.Testing.Faults;

/// <summary>One connection of a client through a proxy to the server.</summary>
internal sealed class ProxyConnection(FaultProxy proxy, Socket client, EndPoint target) : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _end = new();
    private int _ended;

    /// <summary>Ends when the connection has.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    public void Start(ConnectionFault? fault, Action whenDone) => Done = Task.Run(async () =>
    {
        await RunAsync(fault);
        Dispose();
        whenDone();
    });

    /// <summary>Ends both sides now: the client sees a reset or an early end, the server always a reset.</summary>
    public void Cut(bool reset) => End(resetClient: reset, resetServer: true);

    public void Dispose() => End(resetClient: false, resetServer: false);

    private void End(bool resetClient, bool resetServer)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        if (resetClient)
            client.LingerState = new LingerOption(true, 0);
        if (resetServer)
            _server.LingerState = new LingerOption(true, 0);
        _end.Cancel();
        client.Dispose();
        _server.Dispose();
    }

    private async Task RunAsync(ConnectionFault? fault)
    {
        try
        {
            client.NoDelay = true;
            if (fault is ConnectionFault.Blackhole)
            {
                await WaitForEndAsync();
                return;
            }
            var cut = fault as ConnectionFault.CutAfter;
            if (cut?.Bytes == 0)
                throw new LineCutException(cut.Reset);
            await _server.ConnectAsync(target, _end.Token);
            var budget = new ConnectionBudget(cut?.Bytes ?? long.MaxValue, () => Cut(cut?.Reset ?? true));
            await RelayAsync(new ProxyLine(_server, up: true, budget, proxy, _end.Token), new ProxyLine(client, up: false, budget, proxy, _end.Token));
        }
        catch (LineCutException e)
        {
            Cut(e.Reset);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side has ended it: so does the other, in the plain way.
        }
    }

    private async Task RelayAsync(ProxyLine up, ProxyLine down)
    {
        if (proxy.SpeaksHttp)
        {
            await new HttpRelay(new HttpReader(client, _end.Token), new HttpReader(_server, _end.Token), up, down, proxy).RunAsync(_end.Token);
            return;
        }
        Task[] both = [PumpAsync(client, up), PumpAsync(_server, down)];
        // Whichever breaks first ends the other.
        await await Task.WhenAny(both);
        await Task.WhenAll(both);
    }

    private async Task PumpAsync(Socket from, ProxyLine to)
    {
        var buffer = new byte[BufferSize];
        while (await from.ReceiveAsync(buffer, SocketFlags.None, _end.Token) is int count and > 0)
            await to.WriteAsync(buffer.AsMemory(0, count));
        await to.CompleteAsync();
    }

    private async Task WaitForEndAsync()
    {
        var buffer = new byte[4096];
        while (await client.ReceiveAsync(buffer, SocketFlags.None, _end.Token) > 0)
        {
        }
    }
}
