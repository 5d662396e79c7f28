using System.Net.Http.Headers;
using DataVersion.Remotes.Http;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;

namespace DataVersion.Remotes.Gcs;

/// <summary>Credentials that were found: they authorise requests.</summary>
internal abstract class GcsAccess(string source)
{
    /// <summary>Where they came from.</summary>
    public string Source => source;

    /// <summary>Adds what proves who asks.</summary>
    /// <returns>The token used; null where there is none.</returns>
    public abstract Task<string?> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken);

    /// <summary>Gets a new token where <paramref name="refused"/> is still the one in use.</summary>
    /// <returns>False where there is no other to be had.</returns>
    public abstract Task<bool> RenewAsync(string refused, CancellationToken cancellationToken);
}

/// <summary>No credentials.</summary>
internal sealed class AnonymousAccess(string because) : GcsAccess($"anonymous ({because})")
{
    public override Task<string?> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    public override Task<bool> RenewAsync(string refused, CancellationToken cancellationToken) => Task.FromResult(false);
}

/// <summary>A token that somebody else has got, and that nobody here can renew.</summary>
internal sealed class TokenAccess(string source, string token) : GcsAccess(source)
{
    public override Task<string?> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return Task.FromResult<string?>(token);
    }

    public override Task<bool> RenewAsync(string refused, CancellationToken cancellationToken) => Task.FromResult(false);
}

/// <summary>Credentials of Google's library, which gets tokens and keeps them while they last.</summary>
internal sealed class GoogleAccess(string source, ITokenAccessWithHeaders tokens, object credential, string location) : GcsAccess(source)
{
    private const string Doing = "get an access token";

    private readonly Lock _lock = new();
    private string? _refused;
    private Task<bool> _renewal = Task.FromResult(false);

    public override async Task<string?> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        AccessTokenWithHeaders token = await TryAsync(() => tokens.GetAccessTokenWithHeadersForRequestAsync(null, cancellationToken), cancellationToken);
        token.AddHeaders(request);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.AccessToken);
        return token.AccessToken;
    }

    public override Task<bool> RenewAsync(string refused, CancellationToken cancellationToken)
    {
        Task<bool> renewal;
        lock (_lock)
        {
            // Of many requests that were refused together, the first one renews for all.
            if (_refused != refused || _renewal.IsFaulted)
            {
                _refused = refused;
                _renewal = Task.Run(() => TryAsync(() => RequestAsync(CancellationToken.None), CancellationToken.None), CancellationToken.None);
            }
            renewal = _renewal;
        }
        return renewal.WaitAsync(cancellationToken);
    }

    private Task<bool> RequestAsync(CancellationToken cancellationToken) => credential switch
    {
        ServiceCredential service => service.RequestAccessTokenAsync(cancellationToken),
        UserCredential user => user.RefreshTokenAsync(cancellationToken),
        _ => Task.FromResult(false),
    };

    // The library's own messages may quote what it sent; none of them is shown.
    private async Task<T> TryAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken)
    {
        try
        {
            return await request();
        }
        catch (TokenResponseException e)
        {
            bool transient = e.StatusCode is { } status && HttpFailure.IsTransient(status);
            string code = e.Error?.Error is { Length: > 0 and < 60 } word && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or ' ')
                ? $" ({word})" : e.StatusCode is { } number ? $" ({(int)number})" : "";
            throw new RemoteException(location, $"denied: cannot {Doing} from {Source}{code}", "renew the credentials, or name others with option credentialfile", e)
            {
                IsDenied = !transient,
                IsTransient = transient,
            };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw HttpFailure.FromException(location, $"{Doing} from {Source}", e is OperationCanceledException ? new TimeoutException("no token in time", e) : e)
                ?? new RemoteException(location, $"denied: cannot {Doing} from {Source}", "is what the credentials refer to there, a token file for instance?", e) { IsDenied = true };
        }
    }
}
