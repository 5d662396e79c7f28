using System.Text.RegularExpressions;
using Azure;
using Azure.Core;
using Azure.Identity;
using DataVersion.Remotes.Http;

namespace DataVersion.Remotes.Azure;

/// <summary>A way to get a token, and what messages call it.</summary>
internal sealed record AzureSignInWay(string Name, TokenCredential Credential);

/// <summary>
/// Signs in by the first way that there is on this machine, and stays with it. A way that is there and fails ends the search: nothing
/// falls through to another identity unseen.
/// </summary>
/// <param name="remote">The remote, for messages.</param>
/// <param name="ways">The ways, in order.</param>
/// <param name="lookedFor">What was looked for before these, for the message when nothing is found.</param>
internal sealed partial class AzureSignIn(string remote, IReadOnlyList<AzureSignInWay> ways, IReadOnlyList<string> lookedFor) : TokenCredential
{
    private AzureSignInWay? _chosen = ways.Count == 1 ? ways[0] : null;

    /// <summary>The way in use; before the first request, the ways that will be tried.</summary>
    public string Source => Volatile.Read(ref _chosen)?.Name ?? string.Join(" or ", ways.Select(w => w.Name));

    /// <inheritdoc/>
    /// <exception cref="RemoteException">There is no way, or the one there is fails.</exception>
    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _chosen) is { } chosen)
            return await AskAsync(chosen, requestContext, cancellationToken);
        foreach (AzureSignInWay way in ways)
        {
            try
            {
                AccessToken token = await AskAsync(way, requestContext, cancellationToken);
                Volatile.Write(ref _chosen, way);
                return token;
            }
            catch (RemoteException e) when (e.InnerException is CredentialUnavailableException)
            {
                // This machine does not have it.
            }
        }
        throw new RemoteException(
            remote,
            $"no credentials: looked for {string.Join(", ", lookedFor.Concat(ways.Select(w => w.Name)))}",
            "sign in with 'az login', set one of those, or for a public container: dv remote modify NAME anonymous true")
        { IsDenied = true };
    }

    /// <inheritdoc/>
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        GetTokenAsync(requestContext, cancellationToken).AsTask().GetAwaiter().GetResult();

    private async Task<AccessToken> AskAsync(AzureSignInWay way, TokenRequestContext request, CancellationToken cancellationToken)
    {
        try
        {
            return await way.Credential.GetTokenAsync(request, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && Describe(way, e) is { } error)
        {
            throw error;
        }
    }

    private RemoteException? Describe(AzureSignInWay way, Exception exception)
    {
        string doing = $"sign in by {way.Name}";
        switch (exception)
        {
            case CredentialUnavailableException:
                return new RemoteException(remote, $"denied: cannot {doing}: it is not available here", HintOf(null), exception) { IsDenied = true };
            case AuthenticationFailedException failed:
                // Its text may hold what the identity's own server said: only the code is shown.
                string? code = CodeOf(failed);
                return NetworkFailure(failed, doing)
                    ?? new RemoteException(remote, $"denied: cannot {doing}{(code is null ? "" : $" ({code})")}", HintOf(code), exception) { IsDenied = true };
            default:
                return NetworkFailure(exception, doing);
        }
    }

    /// <summary>The error where the identity's server gave no answer at all; null where it did.</summary>
    private RemoteException? NetworkFailure(Exception exception, string doing)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is RequestFailedException { Status: 0 } or HttpRequestException or TaskCanceledException)
                return HttpFailure.FromException(remote, doing, e);
        }
        return null;
    }

    private static string? CodeOf(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (EntraCode().Match(e.Message) is { Success: true } match)
                return match.Value;
        }
        return null;
    }

    private static string HintOf(string? code) => code switch
    {
        "AADSTS700016" => "there is no such application in this tenant: check the client id and the tenant id",
        "AADSTS7000215" or "AADSTS7000222" => "the client secret is wrong or has expired",
        "AADSTS70021" or "AADSTS700213" or "AADSTS700211" => "no federated credential of the application matches the token's issuer, subject and audience",
        "AADSTS90002" => "there is no such tenant: check the tenant id",
        _ => "check the identity that is configured on this machine; dv remote test NAME says which one is used",
    };

    [GeneratedRegex(@"AADSTS\d+")]
    private static partial Regex EntraCode();
}
