using Azure.Core;
using Azure.Core.Pipeline;

namespace DataVersion.Remotes.Azure;

/// <summary>
/// Sends requests to the endpoint that was configured. The library is given an address of the public cloud: of others it guesses by host
/// and port whether the account stands in the path, and guesses wrong.
/// </summary>
internal sealed class AzureEndpointPolicy(Uri endpoint) : HttpPipelineSynchronousPolicy
{
    private readonly string _path = endpoint.AbsolutePath.TrimEnd('/');

    public override void OnSendingRequest(HttpMessage message)
    {
        RequestUriBuilder uri = message.Request.Uri;
        uri.Scheme = endpoint.Scheme;
        uri.Host = endpoint.Host;
        uri.Port = endpoint.Port;
        uri.Path = $"{_path}/{uri.Path.TrimStart('/')}";
    }
}
