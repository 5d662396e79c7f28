using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DataVersion.Storage;

namespace DataVersion.Remotes.Http;

/// <summary>The HTTP client that every store of this project talks through: the same limits, the same trust in certificates, every request counted.</summary>
internal static class RemoteHttp
{
    // A host that does not answer at all is found out soon; one that answers slowly is waited for (see the stores' own timeouts).
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);
    // A load balancer's new addresses are found again after this.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>A client; option <c>cafile</c> names the authorities that are trusted beside the system's.</summary>
    /// <exception cref="UsageException">The CA file cannot be read.</exception>
    public static HttpClient CreateClient(RemoteContext context, int maxConnections = int.MaxValue) =>
        new(CreateHandler(context, maxConnections)) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>The same as a handler, for libraries that build their own client.</summary>
    /// <exception cref="UsageException">The CA file cannot be read.</exception>
    public static HttpMessageHandler CreateHandler(RemoteContext context, int maxConnections = int.MaxValue)
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            MaxConnectionsPerServer = maxConnections,
            // What is left of an answer that nobody wants is read to keep the connection only where that is little.
            MaxResponseDrainSize = 64 * 1024,
            PooledConnectionLifetime = ConnectionLifetime,
            UseCookies = false,
        };
        if (context.Option("cafile") is { } file)
            sockets.SslOptions = TrustAlso(file, context.Settings.Name);
        return new MeteringHandler(context.Meter) { InnerHandler = sockets };
    }

    private static SslClientAuthenticationOptions TrustAlso(string file, string remote)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"remote '{remote}': the CA file '{file}' cannot be read: {e.Message}", "give a PEM file of certificates", e);
        }
        if (authorities.Count == 0)
            throw new UsageException($"remote '{remote}': the CA file '{file}' holds no certificate", "give a PEM file of certificates");
        return new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => errors == SslPolicyErrors.None
                || (errors == SslPolicyErrors.RemoteCertificateChainErrors && certificate is X509Certificate2 leaf && IsSignedBy(authorities, leaf, chain)),
        };
    }

    private static bool IsSignedBy(X509Certificate2Collection authorities, X509Certificate2 leaf, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (sent is not null)
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainElements.Select(e => e.Certificate).ToArray());
        return chain.Build(leaf);
    }
}
