using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using DataVersion.Testing.Faults;
using Xunit;

namespace DataVersion.Tests.Remotes.Faults;

/// <summary>What the proxy does with bytes, whatever they mean.</summary>
public sealed class FaultProxyBytesTests : IAsyncDisposable
{
    private readonly EchoServer _server = new();
    private readonly FaultProxy _proxy;

    public FaultProxyBytesTests() => _proxy = FaultProxy.ForBytes(_server.Port);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    [Fact]
    public async Task Bytes_pass_unchanged_and_are_counted()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(3_000_000);

        Assert.Equal(bytes, await EchoAsync(bytes));

        Assert.Equal(bytes.Length, _proxy.Traffic.BytesUp);
        Assert.Equal(bytes.Length, _proxy.Traffic.BytesDown);
        Assert.Equal(1, _proxy.Traffic.Connections);
    }

    [Fact]
    public async Task A_slow_line_takes_its_time_and_loses_nothing()
    {
        _proxy.Shape = LineShape.RoundTrip(TimeSpan.FromMilliseconds(60)) with { RateDown = 4_000_000 };
        byte[] bytes = RandomNumberGenerator.GetBytes(1_000_000);
        long begin = Stopwatch.GetTimestamp();

        Assert.Equal(bytes, await EchoAsync(bytes));

        // Less is impossible: 60 ms there and back, and the last of 4 MB/s × 250 ms.
        Assert.True(Stopwatch.GetElapsedTime(begin) > TimeSpan.FromMilliseconds(230));
    }

    [Fact]
    public async Task Latency_is_not_paid_for_each_piece()
    {
        _proxy.Shape = LineShape.RoundTrip(TimeSpan.FromMilliseconds(50));
        byte[] bytes = RandomNumberGenerator.GetBytes(40_000_000);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        // 600 pieces one after another, each with its latency, would take longer than this.
        limit.CancelAfter(TimeSpan.FromSeconds(25));

        Assert.Equal(bytes, await EchoAsync(bytes, limit.Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public async Task A_connection_is_reset_after_so_many_bytes(long after)
    {
        _proxy.OnConnection(new ConnectionFault.CutAfter(after), after: 1);
        byte[] bytes = RandomNumberGenerator.GetBytes(500_000);
        Assert.Equal(bytes, await EchoAsync(bytes));

        await Assert.ThrowsAnyAsync<IOException>(() => EchoAsync(bytes));

        Assert.Equal(bytes, await EchoAsync(bytes));
        Assert.Equal((4 * bytes.Length) + after, _proxy.Traffic.BytesUp + _proxy.Traffic.BytesDown);
    }

    [Fact]
    public async Task All_connections_are_cut_after_so_many_bytes_in_all()
    {
        using TcpClient idle = await ConnectAsync();
        await idle.GetStream().WriteAsync(new byte[1], Token);
        Assert.Equal(1, await idle.GetStream().ReadAsync(new byte[10], Token));
        _proxy.CutAllAfter(50_000);

        await Assert.ThrowsAnyAsync<IOException>(() => EchoAsync(new byte[100_000]));
        await Assert.ThrowsAnyAsync<IOException>(() => idle.GetStream().ReadExactlyAsync(new byte[1], Token).AsTask());

        Assert.Equal(new byte[100_000], await EchoAsync(new byte[100_000]));
    }

    [Fact]
    public async Task A_proxy_that_is_down_takes_nobody_in()
    {
        _proxy.IsDown = true;
        await Assert.ThrowsAnyAsync<IOException>(() => EchoAsync(new byte[10]));

        _proxy.IsDown = false;
        Assert.Equal(new byte[10], await EchoAsync(new byte[10]));
    }

    [Fact]
    public async Task A_blackhole_takes_everything_and_answers_nothing()
    {
        _proxy.OnConnection(new ConnectionFault.Blackhole());
        using TcpClient client = await ConnectAsync();
        await client.GetStream().WriteAsync(new byte[1000], Token);
        Task<int> read = client.GetStream().ReadAsync(new byte[10], Token).AsTask();

        // Another connection, there and back, does not wait for this one.
        await EchoAsync(new byte[10]);

        Assert.False(read.IsCompleted);
        Assert.Equal(10, _proxy.Traffic.BytesUp);
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, _proxy.Port, Token);
        }
        catch (SocketException e)
        {
            throw new IOException("no connection", e);
        }
        return client;
    }

    private async Task<byte[]> EchoAsync(byte[] bytes, CancellationToken? token = null)
    {
        CancellationToken until = token ?? Token;
        using TcpClient client = await ConnectAsync();
        NetworkStream stream = client.GetStream();
        Task sending = Task.Run(async () =>
        {
            await stream.WriteAsync(bytes, until);
            client.Client.Shutdown(SocketShutdown.Send);
        }, until);
        var back = new byte[bytes.Length];
        await stream.ReadExactlyAsync(back, until);
        await sending;
        return back;
    }
}
