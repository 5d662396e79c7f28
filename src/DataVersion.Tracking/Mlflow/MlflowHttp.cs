using System.Text.Encodings.Web;
using System.Text.Json;

namespace DataVersion.Tracking.Mlflow;

/// <summary>The one place where requests to an MLflow server are made: credentials, JSON, time limits, repetition, errors.</summary>
public sealed class MlflowHttp : IDisposable
{
    // No wait of ours is longer; a server that asks for more than the second is not waited for.
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MaxRequestedDelay = TimeSpan.FromSeconds(120);
    // Texts go as UTF-8: escapes would make a batch of Chinese params twice as long.
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HttpClient _client;
    private readonly TimeProvider _clock;

    /// <param name="settings">The server.</param>
    /// <param name="clock">Waits and time limits.</param>
    /// <exception cref="UsageException">A certificate file cannot be read.</exception>
    public MlflowHttp(MlflowSettings settings, TimeProvider clock)
    {
        Settings = settings;
        _clock = clock;
        _client = MlflowTransport.Create(settings);
    }

    /// <summary>The server.</summary>
    public MlflowSettings Settings { get; }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Reads; repeated where that may help.</summary>
    /// <param name="doing">For messages: "read the run".</param>
    /// <param name="path">Under the tracking URI, encoded, with its query.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MlflowException">No answer, a refusal, or no JSON object.</exception>
    internal Task<MlflowReply> GetAsync(string doing, string path, CancellationToken cancellationToken) =>
        RepeatAsync(() => SendAsync(doing, new HttpRequestMessage(HttpMethod.Get, Address(path)), null, cancellationToken), cancellationToken);

    /// <summary>Sends a request that may be repeated, for it has the same effect twice as once.</summary>
    /// <inheritdoc cref="GetAsync"/>
    internal Task<MlflowReply> PostAsync(string doing, string path, Action<Utf8JsonWriter> body, CancellationToken cancellationToken)
    {
        byte[] bytes = Write(body);
        return RepeatAsync(() => SendAsync(doing, Post(path, bytes), null, cancellationToken), cancellationToken);
    }

    /// <summary>Sends a request once: after a failure that is <see cref="MlflowException.IsTransient"/> the caller looks whether it was done.</summary>
    /// <inheritdoc cref="GetAsync"/>
    internal Task<MlflowReply> PostOnceAsync(string doing, string path, Action<Utf8JsonWriter> body, CancellationToken cancellationToken) =>
        SendAsync(doing, Post(path, Write(body)), null, cancellationToken);

    /// <summary>Sends a file; repeated where that may help, each time from a new stream.</summary>
    /// <inheritdoc cref="GetAsync"/>
    internal Task PutAsync(string doing, string path, Func<CancellationToken, Task<Stream>> open, long length, CancellationToken cancellationToken) =>
        RepeatAsync(
            async () =>
            {
                using var watch = new CancellationTokenSource(Settings.RequestTimeout, _clock);
                // What moves is not stuck: only silence of the whole time limit is.
                var content = new MlflowUploadContent(open, length, () => watch.CancelAfter(Settings.RequestTimeout));
                var request = new HttpRequestMessage(HttpMethod.Put, Address(path)) { Content = content };
                // A server that refuses does so before gigabytes are sent.
                request.Headers.ExpectContinue = length >= 1024 * 1024;
                return await SendAsync(doing, request, watch, cancellationToken);
            },
            cancellationToken);

    /// <summary>Receives a file; repeated where that may help, each time into a new stream.</summary>
    /// <param name="doing">For messages.</param>
    /// <param name="path">Under the tracking URI, encoded.</param>
    /// <param name="open">Where the bytes go, from the start; called once for each try, and disposed of.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MlflowException">No answer, or a refusal.</exception>
    internal Task DownloadAsync(string doing, string path, Func<CancellationToken, Task<Stream>> open, CancellationToken cancellationToken) =>
        RepeatAsync(
            async () =>
            {
                using var watch = new CancellationTokenSource(Settings.RequestTimeout, _clock);
                using var request = new HttpRequestMessage(HttpMethod.Get, Address(path));
                return await GuardAsync(doing, request, watch, HttpCompletionOption.ResponseHeadersRead, async (response, token) =>
                {
                    await using Stream source = await response.Content.ReadAsStreamAsync(token);
                    await using Stream target = await open(token);
                    var buffer = new byte[128 * 1024];
                    long length = 0;
                    while (await source.ReadAsync(buffer, token) is int count and > 0)
                    {
                        // What moves is not stuck: only silence of the whole time limit is.
                        watch.CancelAfter(Settings.RequestTimeout);
                        await target.WriteAsync(buffer.AsMemory(0, count), token);
                        length += count;
                    }
                    return length;
                }, cancellationToken);
            },
            cancellationToken);

    /// <summary>Whether another try is worth it after so many earlier failures and this one.</summary>
    internal bool ShouldRetry(MlflowException error, int earlierFailures) =>
        error.IsTransient && earlierFailures < Settings.MaxRetries && !(error.RetryAfter > MaxRequestedDelay);

    /// <summary>Waits as long as the server asks, and a random time more (full jitter), so that many clients do not come back at once.</summary>
    internal Task WaitAsync(MlflowException error, int earlierFailures, CancellationToken cancellationToken)
    {
        double longest = Math.Min(MaxDelay.TotalSeconds, Settings.BackoffFactor * Math.Pow(2, earlierFailures));
        return Task.Delay((error.RetryAfter ?? TimeSpan.Zero) + TimeSpan.FromSeconds(longest * Random.Shared.NextDouble()), _clock, cancellationToken);
    }

    private async Task<T> RepeatAsync<T>(Func<Task<T>> send, CancellationToken cancellationToken)
    {
        for (int failures = 0; ; failures++)
        {
            try
            {
                return await send();
            }
            catch (MlflowException e) when (ShouldRetry(e, failures))
            {
                await WaitAsync(e, failures, cancellationToken);
            }
        }
    }

    /// <param name="doing">For messages.</param>
    /// <param name="request">Is disposed of.</param>
    /// <param name="watch">The caller's own time limit, which cancels itself; null for the usual one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async Task<MlflowReply> SendAsync(string doing, HttpRequestMessage request, CancellationTokenSource? watch, CancellationToken cancellationToken)
    {
        using HttpRequestMessage sent = request;
        using CancellationTokenSource? own = watch is null ? new CancellationTokenSource(Settings.RequestTimeout, _clock) : null;
        return await GuardAsync(doing, sent, watch ?? own!, HttpCompletionOption.ResponseContentRead,
            async (response, token) => MlflowReply.Parse(Settings, doing, await response.Content.ReadAsByteArrayAsync(token)), cancellationToken);
    }

    /// <summary>Sends with our credentials, and makes typed errors of refusals, broken connections and silence.</summary>
    private async Task<T> GuardAsync<T>(
        string doing, HttpRequestMessage request, CancellationTokenSource limit, HttpCompletionOption completion,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = Settings.Authorization;
        request.Headers.UserAgent.Add(new("dv", null));
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, completion, linked.Token);
            if (!response.IsSuccessStatusCode)
                throw MlflowFailure.FromAnswer(Settings, doing, response, await TextAsync(response, linked.Token), _clock);
            return await read(response, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw MlflowFailure.Timeout(Settings, doing, Settings.RequestTimeout);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (MlflowUploadContent.OwnFailure(e) is { } ours)
                throw ours;
            throw MlflowFailure.FromException(Settings, doing, e) ?? e;
        }
    }

    private static async Task<string> TextAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // Whatever charset is claimed: MLflow answers in UTF-8, and an unknown name must not be an error of its own.
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return System.Text.Encoding.UTF8.GetString(body);
    }

    private HttpRequestMessage Post(string path, byte[] body) => new(HttpMethod.Post, Address(path))
    {
        Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
    };

    private Uri Address(string path) => new($"{Settings.Location}/{path}");

    private static byte[] Write(Action<Utf8JsonWriter> body)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
