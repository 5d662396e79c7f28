using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DataVersion.Benchmarks;

/// <summary>What a load came to.</summary>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="Failed">Those that were not answered with 200.</param>
/// <param name="Elapsed">From the first to the last.</param>
/// <param name="Micros">How long each took, sorted, in microseconds; of the first 2,000,000 at most.</param>
internal sealed record LoadResult(long Requests, long Failed, TimeSpan Elapsed, int[] Micros)
{
    internal double PerSecond => Requests / Elapsed.TotalSeconds;

    internal double Percentile(double share) => Micros.Length == 0 ? 0 : Micros[(int)Math.Min(Micros.Length - 1, share * Micros.Length)] / 1000.0;
}

/// <summary>
/// Sends the same request over connections that are kept, each waiting for its answer. It speaks as much HTTP/1.1 as that needs, so that the client, which
/// shares the machine with the server, costs little.
/// </summary>
internal sealed class ServingLoad(int port, string path, string body)
{
    private const int Kept = 2_000_000;

    private readonly byte[] _request = Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body).ToString(CultureInfo.InvariantCulture)}\r\n\r\n{body}");

    internal async Task<LoadResult> RunAsync(int connections, long requests)
    {
        var micros = new int[Math.Min(requests, Kept)];
        long next = 0, failed = 0;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
            long mine;
            while ((mine = Interlocked.Increment(ref next) - 1) < requests)
            {
                long start = Stopwatch.GetTimestamp();
                await socket.SendAsync(_request);
                if (!await ReadAnswerAsync(socket, buffer))
                    Interlocked.Increment(ref failed);
                if (mine < micros.Length)
                    micros[mine] = (int)Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
            ArrayPool<byte>.Shared.Return(buffer);
        })));
        watch.Stop();
        Array.Sort(micros);
        return new LoadResult(requests, failed, watch.Elapsed, micros);
    }

    private static async ValueTask<bool> ReadAnswerAsync(Socket socket, byte[] buffer)
    {
        int length = 0;
        while (true)
        {
            int count = await socket.ReceiveAsync(buffer.AsMemory(length));
            if (count == 0)
                throw new IOException("the server closed the connection");
            length += count;
            int head = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (head >= 0 && length >= head + 4 + ContentLength(buffer.AsSpan(0, head)))
                return buffer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8);
        }
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        int at = head.IndexOf("Content-Length: "u8);
        return at >= 0 && System.Buffers.Text.Utf8Parser.TryParse(head[(at + "Content-Length: ".Length)..], out int length, out _)
            ? length
            : throw new IOException("the answer does not say how long it is");
    }
}
