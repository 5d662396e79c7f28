using System.Net;
using Azure.Core;
using Azure.Identity;

namespace DataVersion.Remotes.Azure;

/// <summary>
/// The identity that Azure gives to a machine. Whether this is such a machine is found out first: the vendor's library waits for minutes
/// where nobody answers.
/// </summary>
internal sealed class AzureMachineIdentity(TokenCredential inner, RemoteContext context, HttpMessageHandler handler) : TokenCredential
{
    private const string MetadataService = "http://169.254.169.254";
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);

    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        if (!AzureVariables.IdentityEndpoints.Any(v => context.Variable(v) is not null) && !await IsThereAsync(cancellationToken))
            throw new CredentialUnavailableException("no metadata service answers");
        return await inner.GetTokenAsync(requestContext, cancellationToken);
    }

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        GetTokenAsync(requestContext, cancellationToken).AsTask().GetAwaiter().GetResult();

    private async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        string host = context.Variable(AzureVariables.MetadataHost) ?? MetadataService;
        using var client = new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ProbeTimeout);
        try
        {
            // Without the header Metadata the service refuses in this way; a proxy in between answers otherwise.
            using HttpResponseMessage answer = await client.GetAsync(
                new Uri($"{host.TrimEnd('/')}/metadata/identity/oauth2/token?api-version=2018-02-01"), limit.Token);
            return answer.StatusCode == HttpStatusCode.BadRequest;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
