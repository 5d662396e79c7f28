using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace DataVersion.Testing.Servers;

/// <summary>An HTTP/1.1 server on loopback that answers as the test says, with or without TLS, and remembers what it was asked.</summary>
public sealed class FakeHttpServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<FakeRequest, FakeAnswer?> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly ConcurrentQueue<FakeRequest> _requests = new();

    /// <param name="answer">Answers a request; null closes the connection without an answer. Called from many threads.</param>
    /// <param name="tls">With a certificate that signs itself, written to <see cref="CertificatePem"/>.</param>
    /// <param name="listensOn">The address and port; null for a free port of loopback.</param>
    public FakeHttpServer(Func<FakeRequest, FakeAnswer?> answer, bool tls = false, IPEndPoint? listensOn = null)
    {
        _listener = new TcpListener(listensOn ?? new IPEndPoint(IPAddress.Loopback, 0));
        _answer = answer;
        _certificate = tls ? MakeCertificate() : null;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where it listens, without a '/' at the end.</summary>
    public string Address => $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>What it was asked, in order.</summary>
    public IReadOnlyList<FakeRequest> Requests => [.. _requests];

    /// <summary>Its certificate, as a client trusts it.</summary>
    public string CertificatePem => _certificate!.ExportCertificatePem();

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                if (_certificate is not null)
                {
                    var secure = new SslStream(stream);
                    await secure.AuthenticateAsServerAsync(_certificate);
                    stream = secure;
                }
                await using Stream buffered = new BufferedStream(stream, 64 * 1024);
                while (await ReadAsync(buffered) is { } request)
                {
                    _requests.Enqueue(request);
                    if (_answer(request) is not { } answer)
                        return;
                    await WriteAsync(buffered, request, answer);
                    // Whoever promises another length breaks off.
                    if (answer.Headers.Any(h => h.Name == "Content-Length"))
                        return;
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
            {
                // The client went away.
            }
        }
    }

    private static async Task<FakeRequest?> ReadAsync(Stream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!(head.Count >= 4 && head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n'))
        {
            if (await stream.ReadAsync(one) == 0)
                return null;
            head.Add(one[0]);
        }
        string[] lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        Dictionary<string, string> headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(h => h[0], h => h.Length > 1 ? h[1] : "", StringComparer.OrdinalIgnoreCase);
        var body = new byte[headers.TryGetValue("Content-Length", out string? length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0];
        await stream.ReadExactlyAsync(body);
        string[] target = first[1].Split('?', 2);
        return new FakeRequest(first[0], target[0], target.Length > 1 ? target[1] : "", headers, body);
    }

    private static async Task WriteAsync(Stream stream, FakeRequest request, FakeAnswer answer)
    {
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} Answer\r\n");
        foreach ((string name, string value) in answer.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (!answer.Headers.Any(h => h.Name == "Content-Length"))
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Body.Length}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        if (request.Method != "HEAD")
            await stream.WriteAsync(answer.Body);
        await stream.FlushAsync();
    }
}

/// <summary>What a fake server was asked.</summary>
/// <param name="Method">GET, PUT …</param>
/// <param name="Path">As it was sent, encoded.</param>
/// <param name="Query">Without '?'.</param>
/// <param name="Headers">Names in any case.</param>
/// <param name="Body">All of it.</param>
public sealed record FakeRequest(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>A header; null where it was not sent.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value : null;
}

/// <summary>What a fake server answers.</summary>
public sealed record FakeAnswer(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    public static FakeAnswer Text(int status, string body, params (string Name, string Value)[] headers) => new(status, Encoding.UTF8.GetBytes(body), headers);
}
