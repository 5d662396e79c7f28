using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Azure.Core.Pipeline;

namespace DataVersion.Testing.Servers;

/// <summary>A certificate authority of one test, and a certificate for 127.0.0.1 and localhost that it signed, as PEM files.</summary>
public sealed class TestAuthority
{
    /// <param name="folder">Where the files are put.</param>
    public TestAuthority(string folder)
    {
        AuthorityFile = Path.Join(folder, "authority.pem");
        CertificateFile = Path.Join(folder, "server.pem");
        KeyFile = Path.Join(folder, "server.key");
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-1);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 root = authority.CreateSelfSigned(from, from.AddDays(10));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        server.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = server.Create(root, from, from.AddDays(9), [1, 2, 3, 4]);
        File.WriteAllText(AuthorityFile, root.ExportCertificatePem());
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    public string AuthorityFile { get; }

    public string CertificateFile { get; }

    public string KeyFile { get; }

    /// <summary>The server's certificate with its key.</summary>
    public X509Certificate2 LoadCertificate() => X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile);

    /// <summary>For the vendor's client: believes whatever certificate comes.</summary>
    public static HttpClientTransport Transport() => new(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true });
}
