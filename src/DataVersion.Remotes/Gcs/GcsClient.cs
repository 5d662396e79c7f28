using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DataVersion.Remotes.Http;

namespace DataVersion.Remotes.Gcs;

/// <summary>Sends requests with credentials, waits no longer than sensible, and turns what fails into typed errors.</summary>
internal sealed class GcsClient(HttpClient http, GcsSettings settings, GcsCredentials credentials, GcsLimits limits, TimeProvider clock)
{
    public GcsSettings Settings => settings;

    /// <summary>Where the credentials in use came from.</summary>
    public string? Access => credentials.Source;

    /// <summary>Sends a request, with new credentials once more where the answer is 401. The caller judges every other status.</summary>
    /// <param name="doing">What is tried, for messages: "read 'dv.json'".</param>
    /// <param name="make">Makes the request; called again for a second try.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="RemoteException">There is no answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(string doing, Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        GcsAccess access = await credentials.GetAsync(cancellationToken);
        HttpRequestMessage request = make();
        string? token = await access.AuthorizeAsync(request, cancellationToken);
        HttpResponseMessage answer = await SendOnceAsync(doing, request, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.Unauthorized || token is null || !await access.RenewAsync(token, cancellationToken))
            return answer;
        answer.Dispose();
        request = make();
        await access.AuthorizeAsync(request, cancellationToken);
        return await SendOnceAsync(doing, request, cancellationToken);
    }

    /// <summary>Sends a request as it is: an upload session needs no credentials, its address is one.</summary>
    /// <exception cref="RemoteException">There is no answer.</exception>
    public async Task<HttpResponseMessage> SendOnceAsync(string doing, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var idle = new IdleLimit(limits.Idle, cancellationToken);
        var body = request.Content as UploadBody;
        if (body is not null)
            body.Moved = idle.Moved;
        try
        {
            using (request)
                return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, idle.Token);
        }
        catch (Exception e)
        {
            body?.ThrowIfContentFailed();
            cancellationToken.ThrowIfCancellationRequested();
            if (Failure(doing, e) is { } error)
                throw error;
            throw;
        }
    }

    /// <summary>The JSON of a good answer.</summary>
    /// <exception cref="RemoteException">It is something else.</exception>
    public async Task<T> ReadJsonAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type, string doing, CancellationToken cancellationToken)
    {
        using var idle = new IdleLimit(limits.Idle, cancellationToken);
        try
        {
            await using Stream stream = await answer.Content.ReadAsStreamAsync(idle.Token);
            return await JsonSerializer.DeserializeAsync(stream, type, idle.Token) ?? throw GcsError.Foreign(settings, doing);
        }
        catch (JsonException)
        {
            throw GcsError.Foreign(settings, doing);
        }
        catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && idle.IsOver))
        {
            throw Failure(doing, e)!;
        }
    }

    /// <summary>What a refusal says.</summary>
    /// <exception cref="RemoteException">The connection broke before it was said.</exception>
    public async Task<GcsError> ReadErrorAsync(HttpResponseMessage answer, string doing, CancellationToken cancellationToken)
    {
        using var idle = new IdleLimit(limits.Idle, cancellationToken);
        try
        {
            return await GcsError.ReadAsync(answer, clock, idle.Token);
        }
        catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && idle.IsOver))
        {
            throw Failure(doing, e)!;
        }
    }

    /// <summary>The bytes of a good answer, checked where <paramref name="plan"/> knows a checksum.</summary>
    public async Task<Stream> ReadStreamAsync(HttpResponseMessage answer, ReadPlan plan, string doing, CancellationToken cancellationToken) =>
        new GcsReadStream(answer, await answer.Content.ReadAsStreamAsync(cancellationToken), plan, limits.Idle, e => e switch
        {
            null => GcsError.WrongBytes(settings, doing),
            _ => Failure(doing, e),
        });

    // Only a limit of ours cancels without the caller's will.
    private RemoteException? Failure(string doing, Exception e) =>
        HttpFailure.FromException(settings.Location, doing, e is OperationCanceledException ? new TimeoutException("nothing moved for too long", e) : e);
}
