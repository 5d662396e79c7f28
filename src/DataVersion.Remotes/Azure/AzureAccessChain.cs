using System.Security.Cryptography.X509Certificates;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace DataVersion.Remotes.Azure;

/// <summary>
/// Chooses how to sign in: the remote's own options, then the environment's key, SAS token or connection string, workload identity, service
/// principal, and last what the machine (managed identity) or the user (Azure CLI) has.
/// </summary>
/// <param name="context">The remote's settings and the environment.</param>
/// <param name="tokens">What requests for tokens go through.</param>
internal sealed class AzureAccessChain(RemoteContext context, HttpMessageHandler tokens)
{
    private static readonly string[] OwnSecrets = ["accountkey", "sastoken", "connectionstring"];

    // For the message when nothing is found.
    private readonly List<string> _lookedFor = [];

    private string Remote => context.Settings.Name;

    /// <summary>The connection string in use; null where there is none.</summary>
    public (AzureConnectionString Value, string Source)? FindConnectionString()
    {
        if (context.Option("connectionstring") is { } own)
            return (AzureConnectionString.Parse(own, "option connectionstring"), "option connectionstring");
        // What the environment says is for the account that it names: it is not shown to another one.
        if (context.Option("accountkey") is not null || context.Option("sastoken") is not null || context.Flag("anonymous") == true
            || FromEnvironment(AzureVariables.Key) is not null || FromEnvironment(AzureVariables.Sas) is not null
            || context.Secret(AzureVariables.ConnectionString) is not { } text)
            return null;
        string source = $"environment variable {AzureVariables.ConnectionString}";
        AzureConnectionString parsed = AzureConnectionString.Parse(text, source);
        return IsThisAccount(parsed.Account) ? (parsed, source) : null;
    }

    /// <summary>How requests are signed.</summary>
    /// <param name="place">Where the blobs lie.</param>
    /// <param name="connection">What <see cref="FindConnectionString"/> found.</param>
    /// <exception cref="UsageException">Options that contradict each other, or half of a configuration.</exception>
    public AzureAccess Choose(AzurePlace place, (AzureConnectionString Value, string Source)? connection)
    {
        string[] given = [.. OwnSecrets.Where(name => context.Option(name) is not null)];
        if (context.Flag("anonymous") == true)
            given = [.. given, "anonymous"];
        if (given.Length > 1)
        {
            throw new UsageException(
                $"remote '{Remote}': the options {string.Join(" and ", given)} contradict each other", $"dv remote modify {Remote} {given[0]} --unset");
        }
        if (context.Flag("anonymous") == true)
            return new AzureAccess.Anonymous();
        if (context.Option("accountkey") is { } key)
            return AzureAccess.SharedKey.From("option accountkey", place.Account, key);
        if (context.Option("sastoken") is { } sas)
            return AzureAccess.Sas.From("option sastoken", sas);
        if (FromEnvironment(AzureVariables.Key) is { } environmentKey)
            return AzureAccess.SharedKey.From($"environment variable {AzureVariables.Key}", place.Account, environmentKey);
        if (FromEnvironment(AzureVariables.Sas) is { } environmentSas)
            return AzureAccess.Sas.From($"environment variable {AzureVariables.Sas}", environmentSas);
        if (connection is { } found)
            return FromConnectionString(found.Value, found.Source, place);
        _lookedFor.AddRange(["the options accountkey, sastoken and connectionstring"]);
        _lookedFor.AddRange(new[] { AzureVariables.Key, AzureVariables.Sas, AzureVariables.ConnectionString }.Select(LookedFor));
        return new AzureAccess.Identity(FromWorkload() ?? FromServicePrincipal() ?? FromSurroundings());
    }

    private AzureAccess FromConnectionString(AzureConnectionString connection, string source, AzurePlace place) => connection switch
    {
        { Key: { } key } => AzureAccess.SharedKey.From(source, connection.Account ?? place.Account, key),
        { Sas: { } sas } => AzureAccess.Sas.From(source, sas),
        _ => throw new UsageException($"remote '{Remote}': the connection string in {source} holds neither a key nor a SAS token", "copy it whole"),
    };

    private AzureSignIn? FromWorkload()
    {
        _lookedFor.Add(AzureVariables.FederatedTokenFile);
        if (context.Variable(AzureVariables.FederatedTokenFile) is not { } file)
            return null;
        var options = Prepare(new WorkloadIdentityCredentialOptions
        {
            TokenFilePath = file,
            ClientId = ClientId ?? throw Half(AzureVariables.FederatedTokenFile, AzureVariables.ClientId),
            TenantId = TenantId ?? throw Half(AzureVariables.FederatedTokenFile, AzureVariables.TenantId),
        });
        options.DisableInstanceDiscovery = IsPrivateAuthority(options.AuthorityHost);
        return Only($"workload identity ({AzureVariables.FederatedTokenFile})", new WorkloadIdentityCredential(options));
    }

    private AzureSignIn? FromServicePrincipal()
    {
        _lookedFor.AddRange([AzureVariables.ClientSecret, AzureVariables.CertificatePath]);
        if (context.Secret(AzureVariables.ClientSecret) is { } secret)
        {
            (string tenant, string client) = Application(AzureVariables.ClientSecret);
            var options = Prepare(new ClientSecretCredentialOptions());
            options.DisableInstanceDiscovery = IsPrivateAuthority(options.AuthorityHost);
            return Only($"service principal ({AzureVariables.ClientSecret})", new ClientSecretCredential(tenant, client, secret, options));
        }
        if (context.Variable(AzureVariables.CertificatePath) is { } path)
        {
            (string tenant, string client) = Application(AzureVariables.CertificatePath);
            var options = Prepare(new ClientCertificateCredentialOptions());
            options.DisableInstanceDiscovery = IsPrivateAuthority(options.AuthorityHost);
            X509Certificate2 certificate = AzureCertificate.Load(path, context.Secret(AzureVariables.CertificatePassword));
            return Only($"service principal ({AzureVariables.CertificatePath})", new ClientCertificateCredential(tenant, client, certificate, options));
        }
        return null;
    }

    private AzureSignIn FromSurroundings()
    {
        ManagedIdentityId id = ClientId is { } client ? ManagedIdentityId.FromUserAssignedClientId(client) : ManagedIdentityId.SystemAssigned;
        var managed = new ManagedIdentityCredential(Prepare(new ManagedIdentityCredentialOptions(id)));
        return new AzureSignIn(
            Remote,
            [
                new AzureSignInWay("managed identity", new AzureMachineIdentity(managed, context, tokens)),
                new AzureSignInWay("Azure CLI login", new AzureCliCredential(Prepare(new AzureCliCredentialOptions { TenantId = TenantId }))),
            ],
            _lookedFor);
    }

    private string? ClientId => context.Option("clientid") ?? context.Variable(AzureVariables.ClientId);

    private string? TenantId => context.Option("tenantid") ?? context.Variable(AzureVariables.TenantId);

    private AzureSignIn Only(string name, global::Azure.Core.TokenCredential credential) => new(Remote, [new AzureSignInWay(name, credential)], []);

    private (string Tenant, string Client) Application(string because) =>
        (TenantId ?? throw Half(because, AzureVariables.TenantId), ClientId ?? throw Half(because, AzureVariables.ClientId));

    private UsageException Half(string has, string lacks) =>
        new($"remote '{Remote}': {has} is set, but not {lacks}", $"set {lacks}, or unset {has} to sign in another way");

    private T Prepare<T>(T options)
        where T : TokenCredentialOptions
    {
        options.Transport = new HttpClientTransport(tokens);
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        if (context.Variable(AzureVariables.AuthorityHost) is not { } host)
            return options;
        if (!Uri.TryCreate(host, UriKind.Absolute, out Uri? authority) || authority.Scheme != Uri.UriSchemeHttps)
            throw new UsageException($"{AzureVariables.AuthorityHost} is not a URL of https://", $"as in {AzureAuthorityHosts.AzurePublicCloud}");
        options.AuthorityHost = authority;
        return options;
    }

    // A private cloud's authority is not in the public directory of authorities.
    private static bool IsPrivateAuthority(Uri authority) =>
        authority != AzureAuthorityHosts.AzurePublicCloud && authority != AzureAuthorityHosts.AzureGovernment && authority != AzureAuthorityHosts.AzureChina;

    /// <summary>A secret of the environment, where it is for this account.</summary>
    private string? FromEnvironment(string variable) => IsThisAccount(context.Variable(AzureVariables.Account)) ? context.Secret(variable) : null;

    private bool IsThisAccount(string? account) =>
        account is null || AzurePlace.NamedAccount(context) is not { } named || string.Equals(named, account, StringComparison.OrdinalIgnoreCase);

    private string LookedFor(string variable) => context.Secret(variable) is null ? variable : $"{variable} (which is for another account)";
}
