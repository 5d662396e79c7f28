using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DataVersion.Tracking.Mlflow;

/// <summary>The HTTP client for one server: its TLS as the settings say, no redirects, no cookies.</summary>
internal static class MlflowTransport
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);
    // gunicorn and proxies close idle connections; a connection is not kept longer than they do.
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(20);
    // An answer is JSON of at most a page; a server that sends more is not one.
    private const int MaxAnswer = 64 * 1024 * 1024;

    /// <exception cref="UsageException">A certificate file cannot be read.</exception>
    public static HttpClient Create(MlflowSettings settings)
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            Expect100ContinueTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionIdleTimeout = IdleTimeout,
            UseCookies = false,
        };
        if (settings.InsecureTls)
            sockets.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        if (settings.ServerCertificatePath is { } authorities)
            Trust(sockets.SslOptions, authorities);
        if (settings.ClientCertificatePath is { } own)
            sockets.SslOptions.ClientCertificates = [LoadOwn(own)];
        return new HttpClient(sockets) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswer };
    }

    private static void Trust(SslClientAuthenticationOptions options, string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"MLFLOW_TRACKING_SERVER_CERT_PATH: '{file}' cannot be read", "give a PEM file of certificates", e);
        }
        if (authorities.Count == 0)
            throw new UsageException($"MLFLOW_TRACKING_SERVER_CERT_PATH: '{file}' holds no certificate", "give a PEM file of certificates");
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        options.CertificateChainPolicy = policy;
    }

    private static X509Certificate2 LoadOwn(string file)
    {
        try
        {
            using X509Certificate2 read = X509Certificate2.CreateFromPemFile(file);
            // Windows cannot sign with a key that was only ever in memory.
            return OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pfx), null) : new X509Certificate2(read);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"MLFLOW_TRACKING_CLIENT_CERT_PATH: '{file}' cannot be read", "give a PEM file with the certificate and its key", e);
        }
    }
}
