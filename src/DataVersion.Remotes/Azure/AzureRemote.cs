using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using DataVersion.Remotes.Http;
using DataVersion.Storage;

namespace DataVersion.Remotes.Azure;

/// <summary>Opens remotes in Azure Blob Storage, and in what speaks like it.</summary>
internal static class AzureRemote
{
    private static readonly string[] Options =
    [
        "account", "accountkey", "anonymous", "cafile", "clientid", "connectionstring", "endpoint", "kmskey", "sastoken",
        "storageclass", "tenantid",
    ];

    // The oldest that knows all we use (tier Cold), so that servers other than Azure's own know it too.
    private const BlobClientOptions.ServiceVersion ServiceVersion = BlobClientOptions.ServiceVersion.V2021_12_02;

    /// <summary>Opens the store; nothing is asked of it yet.</summary>
    /// <exception cref="UsageException">Options that are unknown, incomplete, or contradict each other.</exception>
    public static AzureBlobStore Open(RemoteContext context)
    {
        RemoteOptions.RequireKnown(context, Options);
        // What it takes to sign in is no request to the store.
        HttpMessageHandler tokens = RemoteHttp.CreateHandler(context with { Meter = new RequestMeter() });
        return Open(context, RemoteHttp.CreateHandler(context), tokens);
    }

    internal static AzureBlobStore Open(RemoteContext context, HttpMessageHandler blobs, HttpMessageHandler tokens)
    {
        var chain = new AzureAccessChain(context, tokens);
        (AzureConnectionString Value, string Source)? connection = chain.FindConnectionString();
        AzurePlace place = AzurePlace.Of(context, connection?.Value);
        AzureAccess access = chain.Choose(place, connection);
        if (access.NeedsTls && place.Endpoint.Scheme != Uri.UriSchemeHttps)
        {
            throw new UsageException(
                $"remote '{context.Settings.Name}': {access.Source} cannot be used over http://",
                "give an endpoint of https://, or an account key");
        }
        string location = context.Url.ToString();
        var target = new AzureTarget
        {
            Location = location,
            Prefix = place.Prefix,
            Container = Connect(context, place, access, blobs),
            Failure = new AzureFailure(location, access, context.Clock),
            Tier = TierOf(context),
        };
        return new AzureBlobStore(target, access);
    }

    private static BlobContainerClient Connect(RemoteContext context, AzurePlace place, AzureAccess access, HttpMessageHandler blobs)
    {
        var options = new BlobClientOptions(ServiceVersion) { Transport = new HttpClientTransport(blobs), EncryptionScope = context.Option("kmskey") };
        // Our own decorator repeats requests, for every store alike.
        options.Retry.MaxRetries = 0;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        options.Diagnostics.ApplicationId = "dv";
        options.AddPolicy(new AzureEndpointPolicy(place.Endpoint), HttpPipelinePosition.PerCall);
        options.AddPolicy(new AzureRequestPolicy(context.Url.ToString(), context.Clock), HttpPipelinePosition.PerRetry);
        // AzureEndpointPolicy puts the endpoint in the place of this host.
        return access.Connect(new Uri($"https://{place.Account ?? "account"}.blob.core.windows.net/{place.Container}"), options);
    }

    private static AccessTier? TierOf(RemoteContext context) => context.Option("storageclass")?.ToLowerInvariant() switch
    {
        null => default(AccessTier?),
        "hot" => AccessTier.Hot,
        "cool" => AccessTier.Cool,
        "cold" => new AccessTier("Cold"),
        "archive" => throw new UsageException(
            $"remote '{context.Settings.Name}': what lies in the tier 'archive' cannot be read", "storageclass is hot, cool or cold"),
        _ => throw new UsageException(
            $"remote '{context.Settings.Name}': Azure has no tier '{context.Option("storageclass")}'", "storageclass is hot, cool or cold"),
    };
}
