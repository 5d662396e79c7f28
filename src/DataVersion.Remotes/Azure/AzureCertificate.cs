using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DataVersion.Remotes.Azure;

/// <summary>The certificate of a service principal.</summary>
internal static class AzureCertificate
{
    /// <summary>Reads a PEM file that holds certificate and key, or a PKCS #12 file.</summary>
    /// <exception cref="UsageException">It is neither, or the password is wrong.</exception>
    public static X509Certificate2 Load(string path, string? password)
    {
        try
        {
            if (X509Certificate2.GetCertContentType(path) == X509ContentType.Pkcs12)
                return X509CertificateLoader.LoadPkcs12FromFile(path, password);
            return password is null ? X509Certificate2.CreateFromPemFile(path) : X509Certificate2.CreateFromEncryptedPemFile(path, password);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException(
                $"the certificate that {AzureVariables.CertificatePath} names cannot be read: {e.Message}", "give a PEM file with certificate and key, or a .pfx file", e);
        }
    }
}
