using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace DataVersion.Testing.Servers;

/// <summary>How a <see cref="GcsServer"/> behaves.</summary>
public sealed record GcsServerOptions
{
    /// <summary>Whether requests need a token that the server has handed out.</summary>
    public bool RequiresToken { get; init; }

    /// <summary>Whether requests must name the project that pays.</summary>
    public bool RequesterPays { get; init; }

    /// <summary>Whether preconditions of a resumable upload are checked when it begins, too.</summary>
    public bool ChecksPreconditionsEarly { get; init; }

    /// <summary>How many bytes of one request a resumable upload keeps at most; it keeps multiples of 256 KiB.</summary>
    public long MaxBytesPerChunk { get; init; } = long.MaxValue;

    /// <summary>What is answered for a session that is gone: 404 or 410.</summary>
    public int ExpiredSessionStatus { get; init; } = 404;
}

/// <summary>
/// Google Cloud Storage in this process: the part of the JSON API that we use, as its documentation describes it. There is no real
/// server to compare it with outside Google's cloud; with DV_TEST_GCS set, the same tests run against the real one.
/// </summary>
public sealed class GcsServer : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly GcsServerOptions _options;
    private readonly GcsUploads _uploads;
    private readonly ConcurrentDictionary<string, GcsBucket> _buckets = new();
    private readonly ConcurrentQueue<GcsRequest> _requests = new();
    private readonly List<Rule> _rules = [];
    private readonly Task _accepting;

    private GcsServer(HttpListener listener, int port, GcsServerOptions options)
    {
        _listener = listener;
        _options = options;
        _uploads = new GcsUploads(options);
        Port = port;
        Endpoint = new Uri($"http://127.0.0.1:{port}");
        Tokens = new GcsTokens(Endpoint);
        _accepting = AcceptAsync();
    }

    /// <summary>The port on loopback.</summary>
    public int Port { get; }

    /// <summary>Where it listens.</summary>
    public Uri Endpoint { get; }

    /// <summary>Who may ask.</summary>
    public GcsTokens Tokens { get; }

    /// <summary>Requests so far, those that were refused included.</summary>
    public IReadOnlyCollection<GcsRequest> Requests => _requests;

    /// <summary>Starts a server on a free port, with a bucket.</summary>
    public static GcsServer Start(GcsServerOptions? options = null, string bucket = "bucket")
    {
        while (true)
        {
            int port = FreePort();
            var listener = new HttpListener();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
            }
            catch (HttpListenerException)
            {
                // Another took the port in between.
                listener.Close();
                continue;
            }
            var server = new GcsServer(listener, port, options ?? new GcsServerOptions());
            server.AddBucket(bucket);
            return server;
        }
    }

    /// <summary>Makes an empty bucket.</summary>
    public void AddBucket(string name) => _buckets[name] = new GcsBucket();

    /// <summary>Forgets every upload under way, as after a week.</summary>
    public void ExpireSessions() => _uploads.ExpireAll();

    /// <summary>Of the requests that are meant, skips <paramref name="after"/>, then refuses <paramref name="times"/>.</summary>
    public void Refuse(int status, string reason, string message, Func<GcsRequest, bool>? which = null, int after = 0, int times = 1, int? retryAfterSeconds = null) =>
        Add(new Rule(() => new GcsRefusal(status, reason, message, retryAfterSeconds), which ?? (_ => true), after, times));

    /// <summary>The same with a web page, as a login page on the way would answer.</summary>
    public void ShowPage(int status, Func<GcsRequest, bool>? which = null, int times = 1) =>
        Add(new Rule(() => new GcsRefusal(status, "", "", null, "<!doctype html><html><body>Please log in</body></html>"), which ?? (_ => true), 0, times));

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _accepting;
        _uploads.ExpireAll();
        Tokens.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private void Add(Rule rule)
    {
        lock (_rules)
            _rules.Insert(0, rule);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var request = new GcsRequest(await _listener.GetContextAsync());
                _requests.Enqueue(request);
                _ = Task.Run(() => AnswerAsync(request));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }
    }

    private async Task AnswerAsync(GcsRequest request)
    {
        try
        {
            try
            {
                await RouteAsync(request);
            }
            catch (GcsRefusal refusal)
            {
                await GcsAnswer.RefuseAsync(request, refusal);
            }
        }
        catch (Exception e) when (e is IOException or HttpListenerException or ObjectDisposedException or ProtocolViolationException)
        {
            // The client is gone: what it sent of an upload session stays.
            request.Context.Response.Abort();
        }
    }

    private Task RouteAsync(GcsRequest request)
    {
        lock (_rules)
        {
            if (_rules.FirstOrDefault(r => r.Hits(request)) is { } rule)
                throw rule.Make();
        }
        if (Tokens.TryAnswer(request) is { } done)
            return done;
        // A session's address authorises by itself.
        if (request.Query("upload_id") is { } session)
            return _uploads.ContinueAsync(request, session);
        if (_options.RequiresToken)
            Tokens.Check(request);
        if (_options.RequesterPays && request.Query("userProject") is null)
            throw new GcsRefusal(400, "required", "Bucket is a requester pays bucket but no user project provided.");
        string[] path = request.Path is ["upload" or "download", .. var rest] ? rest : request.Path;
        if (path is not ["storage", "v1", "b", var name, ..])
            throw new GcsRefusal(404, "notFound", "Not Found");
        GcsBucket bucket = _buckets.GetValueOrDefault(name) ?? throw GcsRefusal.NoBucket();
        return path[4..] switch
        {
            [] when request.Method == "GET" => GcsAnswer.JsonAsync(request, new JsonObject { ["kind"] = "storage#bucket", ["name"] = name }),
            ["o"] when request.Method == "POST" => _uploads.BeginAsync(request, bucket, name),
            ["o"] when request.Method == "GET" => GcsObjects.ListAsync(request, bucket, name),
            ["o", var item] when request.Method is "GET" or "DELETE" => GcsObjects.AnswerAsync(request, bucket, name, item),
            _ => throw new GcsRefusal(405, "methodNotAllowed", "Method Not Allowed"),
        };
    }

    private sealed class Rule(Func<GcsRefusal> make, Func<GcsRequest, bool> which, int after, int times)
    {
        private int _skip = after;
        private int _left = times;

        public GcsRefusal Make() => make();

        public bool Hits(GcsRequest request) => which(request) && _skip-- <= 0 && _left-- > 0;
    }
}
