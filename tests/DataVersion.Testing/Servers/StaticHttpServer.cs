using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace DataVersion.Testing.Servers;

/// <summary>
/// A small web server on a free port of loopback whose every answer the test decides, broken ones included. It records what was asked.
/// </summary>
public sealed class StaticHttpServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<StaticHttpRequest, StaticHttpAnswer> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly ConcurrentQueue<StaticHttpRequest> _requests = new();
    private readonly Task _running;
    private long _sent;

    public StaticHttpServer(Func<StaticHttpRequest, StaticHttpAnswer> answer, X509Certificate2? certificate = null)
    {
        _answer = answer;
        _certificate = certificate;
        _listener.Start();
        _running = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Its URL, without a slash at the end.</summary>
    public string Address => $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{Port}";

    /// <summary>Every request so far.</summary>
    public IReadOnlyList<StaticHttpRequest> Requests => [.. _requests];

    /// <summary>Bytes of bodies sent so far.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public void Dispose()
    {
        if (_running.IsCompleted)
            return;
        _end.Cancel();
        _listener.Stop();
        _running.Wait();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                client.NoDelay = true;
                await using Stream stream = await SecureAsync(client.GetStream());
                while (await StaticHttpWire.ReadAsync(stream, _end.Token) is { } request)
                {
                    _requests.Enqueue(request);
                    if (!await SendAsync(stream, request, _answer(request)))
                        return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The client has gone, or does not believe the certificate, or the test is over.
        }
    }

    private async Task<Stream> SecureAsync(Stream stream)
    {
        if (_certificate is null)
            return stream;
        var secured = new SslStream(stream);
        await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _end.Token);
        return secured;
    }

    /// <summary>False where the connection ends with the answer.</summary>
    private async Task<bool> SendAsync(Stream stream, StaticHttpRequest request, StaticHttpAnswer answer)
    {
        if (answer.Hangup)
            return false;
        long length = answer.Body.Length * answer.Repeat;
        var head = new StringBuilder($"HTTP/1.1 {answer.Status} {(HttpStatusCode)answer.Status}\r\n");
        foreach ((string name, string value) in answer.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        head.Append(answer.WithoutLength ? "Connection: close\r\n" : $"Content-Length: {answer.ToldLength ?? length}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _end.Token);
        if (request.Method == "HEAD")
            return true;
        long left = Math.Min(length, answer.CutAfter ?? long.MaxValue);
        while (left > 0)
        {
            ReadOnlyMemory<byte> piece = answer.Body[..(int)Math.Min(answer.Body.Length, left)];
            await stream.WriteAsync(piece, _end.Token);
            Interlocked.Add(ref _sent, piece.Length);
            left -= piece.Length;
        }
        await stream.FlushAsync(_end.Token);
        return answer.CutAfter is null && !answer.WithoutLength;
    }
}
