using DataVersion.Remotes.Http;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Http;

namespace DataVersion.Remotes.Gcs;

/// <summary>What a machine in Google's cloud asks who it is (Compute Engine, GKE with workload identity, Cloud Run).</summary>
internal sealed class MetadataServer(RemoteContext context)
{
    private const string Flavor = "Metadata-Flavor";
    // It is next door where it is at all; elsewhere nothing answers, and that must be found out soon.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public string Host { get; } = context.Variable("GCE_METADATA_HOST") ?? "169.254.169.254";

    /// <summary>Whether there is one here.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate($"http://{Host}/", UriKind.Absolute, out Uri? url))
            throw new UsageException($"remote '{context.Settings.Name}': environment variable GCE_METADATA_HOST is not a host");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using var http = new HttpClient(CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Add(Flavor, "Google");
        try
        {
            using HttpResponseMessage answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            return answer.Headers.TryGetValues(Flavor, out IEnumerable<string>? values) && values.Contains("Google");
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>The credentials of the machine's, or the pod's, service account.</summary>
    public GcsAccess Access(string location)
    {
        var credential = new ComputeCredential(new ComputeCredential.Initializer($"http://{Host}/computeMetadata/v1/instance/service-accounts/default/token")
        {
            HttpClientFactory = new HttpClientFromMessageHandlerFactory(_ => new HttpClientFromMessageHandlerFactory.ConfiguredHttpMessageHandler(
                CreateHandler(), performsAutomaticDecompression: false, handlesRedirect: false)),
        });
        return new GoogleAccess($"metadata server at {Host}", credential, credential, location);
    }

    // Never through a proxy: it answers for this machine alone.
    private MeteringHandler CreateHandler() =>
        new(context.Meter) { InnerHandler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = Patience } };
}
