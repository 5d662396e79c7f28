namespace DataVersion.Remotes.S3;

/// <summary>Keys of the role of the virtual machine, from its metadata service (IMDSv2: a session token first, then role and keys).</summary>
internal static class InstanceKeys
{
    private const string RolePath = "/latest/meta-data/iam/security-credentials/";
    // It answers at once where it is there at all.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>The source; what it throws where there is no such service is made by <paramref name="nothingFound"/>.</summary>
    public static KeySource Make(RemoteContext context, string location, Func<RemoteException> nothingFound)
    {
        if (string.Equals(context.Variable("AWS_EC2_METADATA_DISABLED"), "true", StringComparison.OrdinalIgnoreCase))
            return new RenewedKeys("none found", _ => throw nothingFound(), context.Clock);
        string address = context.Variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254";
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? endpoint))
            throw new UsageException("AWS_EC2_METADATA_SERVICE_ENDPOINT is not an address", "it looks like http://169.254.169.254");
        var http = new KeyHttp(KeyHttp.CreateLocalClient(), location, "the instance's metadata service", Timeout);
        return new RenewedKeys("instance metadata", token => FetchAsync(http, endpoint, nothingFound, token), context.Clock);
    }

    private static async Task<S3Keys> FetchAsync(KeyHttp http, Uri endpoint, Func<RemoteException> nothingFound, CancellationToken cancellationToken)
    {
        string session, role;
        try
        {
            session = await http.SendAsync(() => new HttpRequestMessage(HttpMethod.Put, new Uri(endpoint, "/latest/api/token"))
            {
                Headers = { { "X-aws-ec2-metadata-token-ttl-seconds", "21600" } },
            }, cancellationToken);
            role = await http.SendAsync(() => Get(new Uri(endpoint, RolePath), session), cancellationToken);
        }
        catch (RemoteException)
        {
            // Not in such a machine, or one without a role.
            throw nothingFound();
        }
        string name = role.Split('\n', 2)[0].Trim();
        return http.ReadKeys(await http.SendAsync(() => Get(new Uri(endpoint, RolePath + Uri.EscapeDataString(name)), session), cancellationToken));
    }

    private static HttpRequestMessage Get(Uri uri, string session) => new(HttpMethod.Get, uri) { Headers = { { "X-aws-ec2-metadata-token", session.Trim() } } };
}
