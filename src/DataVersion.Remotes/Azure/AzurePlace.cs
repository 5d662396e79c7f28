using System.Net;
using System.Text.RegularExpressions;

namespace DataVersion.Remotes.Azure;

/// <summary>Where a remote's blobs lie.</summary>
/// <param name="Account">The storage account; null where neither the settings nor the endpoint tell it.</param>
/// <param name="Endpoint">The blob service, without a slash at its end.</param>
/// <param name="Container">The container.</param>
/// <param name="Prefix">What every blob's name begins with: empty, or with a slash at its end.</param>
internal sealed partial record AzurePlace(string? Account, Uri Endpoint, string Container, string Prefix)
{
    private const string PublicCloud = "blob.core.windows.net";

    /// <summary>Finds the place out of the settings.</summary>
    /// <param name="context">The settings.</param>
    /// <param name="connection">The connection string, where one is in use.</param>
    /// <exception cref="UsageException">No account, or a container or endpoint that cannot be one.</exception>
    public static AzurePlace Of(RemoteContext context, AzureConnectionString? connection)
    {
        string remote = context.Settings.Name;
        string container = context.Url.Authority;
        if (!ContainerName().IsMatch(container))
        {
            throw new UsageException(
                $"remote '{remote}': '{container}' cannot be the name of a container",
                "3 to 63 lower-case letters, digits and single '-': azure://CONTAINER/PREFIX, and the account with: dv remote modify NAME account ACCOUNT");
        }
        string? account = NamedAccount(context) ?? connection?.Account ?? context.Variable(AzureVariables.Account);
        string? endpoint = context.Option("endpoint") ?? connection?.Endpoint ?? (account is null ? null : $"https://{account}.{PublicCloud}");
        if (endpoint is null)
        {
            throw new UsageException(
                $"remote '{remote}': no storage account is named", $"dv remote modify {remote} account ACCOUNT, or set {AzureVariables.Account}");
        }
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("https" or "http") || uri.Query.Length > 0)
            throw new UsageException($"remote '{remote}': its endpoint is not a URL of https:// or http://", $"https://ACCOUNT.{PublicCloud}");
        string prefix = context.Url.Path.Length == 0 ? "" : $"{context.Url.Path}/";
        return new AzurePlace(account ?? AccountOf(uri), uri, container, prefix);
    }

    /// <summary>The account that the remote's own configuration names; null where it leaves that to the environment.</summary>
    public static string? NamedAccount(RemoteContext context) => context.Option("account")
        ?? (context.Option("endpoint") is { } endpoint && Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? uri) ? AccountOf(uri) : null);

    /// <summary>ACCOUNT.blob.… or, where a server holds several, HOST/ACCOUNT.</summary>
    private static string? AccountOf(Uri endpoint)
    {
        string host = endpoint.Host;
        if (host.Contains(".blob.", StringComparison.OrdinalIgnoreCase))
            return host[..host.IndexOf('.', StringComparison.Ordinal)];
        string first = endpoint.AbsolutePath.Trim('/').Split('/')[0];
        return first.Length > 0 && (endpoint.IsLoopback || IPAddress.TryParse(host, out _) || !host.Contains('.', StringComparison.Ordinal)) ? first : null;
    }

    [GeneratedRegex(@"^(\$root|\$web|(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9])$")]
    private static partial Regex ContainerName();
}
