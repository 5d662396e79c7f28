using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace DataVersion.Testing.Faults;

/// <summary>
/// Stands between a client and a server on loopback and lets the network go wrong: slow, cut, reset, silent, changed. Faults come by
/// count, never by chance. With HTTP the proxy knows where requests begin and end; without (for TLS) it knows bytes only.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<ProxyConnection, byte> _connections = new();
    private readonly EndPoint _target;
    private readonly Task _accepting;

    private FaultProxy(EndPoint target, bool http)
    {
        _target = target;
        SpeaksHttp = http;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port on loopback where it listens.</summary>
    public int Port { get; }

    /// <summary>What the line is like; may be changed at any time.</summary>
    public LineShape Shape { get; set; } = new();

    /// <summary>While true, new connections are reset at once, as if nothing listened.</summary>
    public bool IsDown { get; set; }

    /// <summary>What went through.</summary>
    public ProxyTraffic Traffic { get; } = new();

    internal bool SpeaksHttp { get; }

    internal FaultScript Script { get; } = new();

    /// <summary>A proxy in front of a server of this machine that speaks HTTP/1.1 without TLS.</summary>
    public static FaultProxy ForHttp(int port) => new(new IPEndPoint(IPAddress.Loopback, port), http: true);

    /// <summary>A proxy in front of any server; it does not look at the bytes, so faults of exchanges do nothing.</summary>
    public static FaultProxy ForBytes(int port) => new(new IPEndPoint(IPAddress.Loopback, port), http: false);

    /// <summary>Of the connections that begin from now on, skips <paramref name="after"/>, then hits <paramref name="times"/>.</summary>
    public FaultProxy OnConnection(ConnectionFault fault, int after = 0, int times = 1)
    {
        Script.Add(fault, after, times);
        return this;
    }

    /// <summary>Of the requests from now on that are meant, skips <paramref name="after"/>, then hits <paramref name="times"/>.</summary>
    public FaultProxy OnRequest(ExchangeFault fault, Func<HttpHead, bool>? which = null, int after = 0, int times = 1)
    {
        if (!SpeaksHttp)
            throw new InvalidOperationException("this proxy does not look at the bytes");
        Script.Add(fault, which ?? (_ => true), after, times);
        return this;
    }

    /// <summary>Resets every connection once so many bytes more, of both directions and all connections, have passed.</summary>
    public FaultProxy CutAllAfter(long bytes)
    {
        Traffic.CutAfter(bytes);
        return this;
    }

    /// <summary>Resets every connection now; new ones pass.</summary>
    public void CutAll()
    {
        foreach (ProxyConnection connection in _connections.Keys)
            connection.Cut(reset: true);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        ProxyConnection[] open = [.. _connections.Keys];
        foreach (ProxyConnection connection in open)
            connection.Dispose();
        await Task.WhenAll(open.Select(c => c.Done));
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            Traffic.AddConnection();
            ConnectionFault? fault = IsDown ? new ConnectionFault.CutAfter(0) : Script.Next();
            var connection = new ProxyConnection(this, client, _target);
            _connections[connection] = 0;
            connection.Start(fault, () => _connections.TryRemove(connection, out _));
        }
    }
}
