using System.Xml;
using System.Xml.Linq;
using DataVersion.Remotes.Http;

namespace DataVersion.Remotes.S3;

/// <summary>
/// Keys of a role that a token in a file stands for (Kubernetes service accounts, CI systems): AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE.
/// Where they are set, only they count: a pod that cannot take its role must not act as its node.
/// </summary>
internal static class WebIdentityKeys
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    /// <summary>The source; null where it is not configured.</summary>
    /// <exception cref="UsageException">Only one of the two variables is set.</exception>
    public static KeySource? TryMake(RemoteContext context, string location, string region)
    {
        string? role = context.Variable("AWS_ROLE_ARN");
        if (context.Variable("AWS_WEB_IDENTITY_TOKEN_FILE") is not { } file)
            return null;
        if (role is null)
            throw new UsageException("AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not", "set both, or none");
        string session = context.Variable("AWS_ROLE_SESSION_NAME") ?? "dv";
        string address = context.Variable("AWS_ENDPOINT_URL_STS") ?? context.Variable("AWS_ENDPOINT_URL") ?? $"https://sts.{region}.{S3Options.DnsSuffix(region)}";
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? endpoint))
            throw new UsageException("AWS_ENDPOINT_URL_STS is not an address", "it looks like https://host:port");
        var http = new KeyHttp(RemoteHttp.CreateClient(context), location, "AWS STS (web identity)", Timeout);
        return new RenewedKeys($"web identity (AWS_ROLE_ARN {role})", token => FetchAsync(http, endpoint, (role, session, file), location, token), context.Clock);
    }

    private static async Task<S3Keys> FetchAsync(
        KeyHttp http, Uri endpoint, (string Role, string Session, string File) identity, string location, CancellationToken cancellationToken)
    {
        // The file is rewritten by whoever renews the token: it is read anew each time.
        string token = await ReadTokenAsync(identity.File, location, cancellationToken);
        string answer = await http.SendAsync(() => new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["Action"] = "AssumeRoleWithWebIdentity",
                ["Version"] = "2011-06-15",
                ["RoleArn"] = identity.Role,
                ["RoleSessionName"] = identity.Session,
                ["WebIdentityToken"] = token,
            }),
        }, cancellationToken);
        try
        {
            XElement credentials = XDocument.Parse(answer).Descendants().First(e => e.Name.LocalName == "Credentials");
            string Value(string name) => credentials.Elements().First(e => e.Name.LocalName == name).Value;
            return new S3Keys(Value("AccessKeyId"), Value("SecretAccessKey"), Value("SessionToken"), XmlConvert.ToDateTimeOffset(Value("Expiration")));
        }
        catch (Exception e) when (e is XmlException or InvalidOperationException or FormatException)
        {
            throw http.Nonsense(e);
        }
    }

    private static async Task<string> ReadTokenAsync(string file, string location, CancellationToken cancellationToken)
    {
        try
        {
            return (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RemoteException(location, $"the web identity token '{file}' cannot be read", "check AWS_WEB_IDENTITY_TOKEN_FILE", e) { IsDenied = true };
        }
    }
}
