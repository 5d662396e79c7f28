using System.Text.Json;
using DataVersion.Remotes.Http;

namespace DataVersion.Remotes.S3;

/// <summary>Asks the services that hand out temporary keys: their answers are small, and every failure is told as theirs.</summary>
internal sealed class KeyHttp(HttpClient client, string location, string source, TimeSpan timeout)
{
    private const int MaxAnswer = 64 * 1024;

    /// <summary>A client for addresses of this machine or its host, which no proxy stands before.</summary>
    public static HttpClient CreateLocalClient() => new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = MaxAnswer,
    };

    /// <summary>The answer's body.</summary>
    /// <exception cref="RemoteException">No answer, or a refusal.</exception>
    public async Task<string> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            using HttpRequestMessage request = make();
            using HttpResponseMessage response = await client.SendAsync(request, limit.Token);
            return response.IsSuccessStatusCode
                ? await response.Content.ReadAsStringAsync(limit.Token)
                : throw HttpFailure.FromStatus(location, response.StatusCode, null, $"get credentials from {source}", null, $"check what {source} is set up with");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RemoteException(location, $"cannot get credentials from {source}: no answer in time", null, e) { IsTransient = true };
        }
        catch (HttpRequestException e)
        {
            throw HttpFailure.FromException(location, $"get credentials from {source}", e) ?? Nonsense(e);
        }
    }

    /// <summary>Reads keys as containers and instances are given them.</summary>
    /// <exception cref="RemoteException">The answer is something else.</exception>
    public S3Keys ReadKeys(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            return new S3Keys(
                root.GetProperty("AccessKeyId").GetString()!, root.GetProperty("SecretAccessKey").GetString()!,
                root.TryGetProperty("Token", out JsonElement token) ? token.GetString() : null,
                root.TryGetProperty("Expiration", out JsonElement expires) ? expires.GetDateTimeOffset() : null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw Nonsense(e);
        }
    }

    /// <summary>The error for an answer that is no answer.</summary>
    public RemoteException Nonsense(Exception? inner = null) => new(location, $"{source} answered with something that is not credentials", null, inner);
}
