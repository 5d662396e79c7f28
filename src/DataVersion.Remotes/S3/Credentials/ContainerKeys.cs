using System.Net;

namespace DataVersion.Remotes.S3;

/// <summary>
/// Keys that a container's host gives it (ECS, EKS pod identity): AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI, with
/// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or _TOKEN.
/// </summary>
internal static class ContainerKeys
{
    private static readonly Uri Host = new("http://169.254.170.2");
    private static readonly string[] KnownHosts = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>The source; null where it is not configured.</summary>
    /// <exception cref="UsageException">The address is one that a token must not be sent to.</exception>
    public static KeySource? TryMake(RemoteContext context, string location)
    {
        Uri? endpoint = null;
        if (context.Variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") is { } relative)
            endpoint = new Uri(Host, relative);
        else if (context.Variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") is { } full && (!Uri.TryCreate(full, UriKind.Absolute, out endpoint) || !MayBeAsked(endpoint)))
            throw new UsageException("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of this host", "check who set it");
        if (endpoint is null)
            return null;
        var http = new KeyHttp(KeyHttp.CreateLocalClient(), location, "the container's credential service", Timeout);
        return new RenewedKeys("container credentials", token => FetchAsync(http, endpoint, context, location, token), context.Clock);
    }

    private static bool MayBeAsked(Uri uri) =>
        uri.Scheme == "https"
        || (uri.Scheme == "http" && (KnownHosts.Contains(uri.IdnHost, StringComparer.Ordinal) || (IPAddress.TryParse(uri.IdnHost, out IPAddress? ip) ? IPAddress.IsLoopback(ip) : uri.Host == "localhost")));

    private static async Task<S3Keys> FetchAsync(KeyHttp http, Uri endpoint, RemoteContext context, string location, CancellationToken cancellationToken)
    {
        string? authorization = context.Variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
        if (context.Variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") is { } file)
        {
            try
            {
                authorization = (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RemoteException(location, $"the container's authorization token '{file}' cannot be read", "check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", e)
                {
                    IsDenied = true,
                };
            }
        }
        string answer = await http.SendAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
            if (authorization is not null)
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            return request;
        }, cancellationToken);
        return http.ReadKeys(answer);
    }
}
