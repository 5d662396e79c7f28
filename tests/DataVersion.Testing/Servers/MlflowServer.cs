using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace DataVersion.Testing.Servers;

/// <summary>How the fake server is set up.</summary>
public sealed record MlflowServerOptions
{
    /// <summary>Behaves like 3.6 where that differs from 2.19.</summary>
    public bool Is36 { get; init; } = true;

    /// <summary>Where artifacts of new experiments go; the experiment's id is appended.</summary>
    public string ArtifactRoot { get; init; } = "mlflow-artifacts:/";

    /// <summary>Asked for as Basic authentication; null for none.</summary>
    public (string User, string Password)? Login { get; init; }

    /// <summary>Asked for as a Bearer token, as a proxy before the server does; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>The only Host header that the API takes; null for any.</summary>
    public string? AllowedHost { get; init; }

    /// <summary>Patterns as MLFLOW_SERVER_ALLOWED_HOSTS has them, compared with the Host header and its port, in which <c>*</c> stands for anything; null for any.</summary>
    public IReadOnlyList<string>? AllowedHosts { get; init; }

    /// <summary>Where it listens.</summary>
    public IPAddress ListensOn { get; init; } = IPAddress.Loopback;

    /// <summary>The path that a proxy serves it under, such as <c>/mlflow</c>.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>With TLS.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The port; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>Bytes of an artifact that are kept; of larger ones only the length.</summary>
    public long KeptBytes { get; init; } = 64 * 1024 * 1024;
}

/// <summary>An MLflow server on loopback that holds to what real ones (2.19 and 3.6) were seen to answer, and fails as the test says.</summary>
public sealed class MlflowServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly MlflowServerOptions _options;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<MlflowServerRequest> _requests = new();
    private readonly ConcurrentQueue<MlflowServerRequest> _late = new();
    private readonly List<MlflowServerFault> _faults = [];
    private readonly MlflowRoutes _routes;

    /// <param name="options">Null for a 3.6 that does all it should.</param>
    /// <param name="state">What it knows already: a server that comes back.</param>
    public MlflowServer(MlflowServerOptions? options = null, MlflowState? state = null)
    {
        _options = options ?? new();
        State = state ?? new MlflowState();
        State.Options = _options;
        _routes = new MlflowRoutes(State, _options);
        _listener = new TcpListener(_options.ListensOn, _options.Port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    /// <summary>What it knows.</summary>
    public MlflowState State { get; }

    /// <summary>Where it listens; kept after its end, for one that comes back.</summary>
    public int Port { get; }

    /// <summary>The tracking URI.</summary>
    public string Address => $"{(_options.Certificate is null ? "http" : "https")}://127.0.0.1:{Port}{_options.Prefix}";

    /// <summary>Every request so far, those that faults hit included.</summary>
    public IReadOnlyList<MlflowServerRequest> Requests => [.. _requests];

    /// <summary>How often a path was asked for.</summary>
    public int Count(string path) => _requests.Count(r => r.Path.Contains(path, StringComparison.Ordinal));

    /// <summary>The next requests go wrong.</summary>
    public void Fail(MlflowServerFault fault)
    {
        lock (_faults)
            _faults.Add(fault);
    }

    /// <summary>All goes well again.</summary>
    public void Recover()
    {
        lock (_faults)
            _faults.Clear();
    }

    /// <summary>Does what <see cref="MlflowServerFaultKind.FinishLater"/> put off.</summary>
    public void FinishLate()
    {
        while (_late.TryDequeue(out MlflowServerRequest? request))
            _routes.Answer(request);
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                client.NoDelay = true;
                Stream stream = client.GetStream();
                if (_options.Certificate is { } certificate)
                {
                    var secure = new SslStream(stream);
                    await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, _end.Token);
                    stream = secure;
                }
                await using Stream owned = stream;
                var wire = new MlflowServerWire(owned);
                while (await wire.ReadHeadAsync(_end.Token) is { } head && await AnswerAsync(wire, head))
                {
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            // The client has gone, or does not believe the certificate, or the test is over.
        }
    }

    /// <summary>False where the connection ends with the answer.</summary>
    private async Task<bool> AnswerAsync(MlflowServerWire wire, MlflowServerHead head)
    {
        MlflowServerFault? fault = FaultFor(head.Path);
        if (fault is { Kind: MlflowServerFaultKind.Delay })
            await Task.Delay(fault.Delay, _end.Token);
        if (fault is { Kind: MlflowServerFaultKind.Hangup })
        {
            _requests.Enqueue(Remember(head, []));
            return false;
        }
        // Refused before the body is read, as a client that asks first (Expect) is meant to see.
        if (Refuse(head) is { } refusal)
        {
            _requests.Enqueue(Remember(head, []));
            await wire.WriteAsync(refusal, _options.Is36, close: true, _end.Token);
            return false;
        }
        using var body = new MlflowServerBody(_options.KeptBytes);
        await wire.ReadBodyAsync(head, body.TakeAsync, _end.Token);
        MlflowServerRequest request = Remember(head, head.Method == "PUT" ? [] : body.Bytes());
        _requests.Enqueue(request);
        if (fault is { Kind: MlflowServerFaultKind.FinishLater })
        {
            _late.Enqueue(request);
            return false;
        }
        MlflowServerAnswer answer = fault?.Answer ?? _routes.Answer(request, body);
        if (fault is { Kind: MlflowServerFaultKind.LoseReply })
            return false;
        await wire.WriteAsync(answer, _options.Is36, close: !_options.Is36, _end.Token);
        return _options.Is36;
    }

    private MlflowServerRequest Remember(MlflowServerHead head, byte[] body)
    {
        string path = head.Path.StartsWith(_options.Prefix, StringComparison.Ordinal) ? head.Path[_options.Prefix.Length..] : $"/outside{head.Path}";
        return new MlflowServerRequest(head.Method, path, head.Query, head.Headers, body);
    }

    private static bool Matches(string pattern, string host)
    {
        int star = pattern.IndexOf('*', StringComparison.Ordinal);
        return star < 0
            ? pattern == host
            : host.Length >= pattern.Length - 1 && host.StartsWith(pattern[..star], StringComparison.Ordinal) && host.EndsWith(pattern[(star + 1)..], StringComparison.Ordinal);
    }

    private MlflowServerFault? FaultFor(string path)
    {
        lock (_faults)
            return _faults.FirstOrDefault(fault => fault.Hits(path));
    }

    private MlflowServerAnswer? Refuse(MlflowServerHead head)
    {
        if ((_options.AllowedHost is { } host && head.Header("Host") != host) || (_options.AllowedHosts is { } hosts && head.Path != "/health" && !hosts.Any(h => Matches(h, head.Header("Host") ?? ""))))
            return new MlflowServerAnswer(403, "text/plain; charset=utf-8", "Invalid Host header - possible DNS rebinding attack detected");
        if (_options.Token is { } token && head.Header("Authorization") != $"Bearer {token}")
            return Unauthorized("Bearer");
        if (_options.Login is not { } login)
            return null;
        string expected = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.User}:{login.Password}"))}";
        return head.Header("Authorization") == expected ? null : Unauthorized("Basic");
    }

    private static MlflowServerAnswer Unauthorized(string scheme) => new(401, "text/html; charset=utf-8",
        "You are not authenticated. Please see https://www.mlflow.org/docs/latest/auth/index.html#authenticating-to-mlflow on how to authenticate.",
        ("WWW-Authenticate", $"{scheme} realm=\"mlflow\""));
}
