using System.Text.Json;
using Google.Apis.Auth.OAuth2;

namespace DataVersion.Remotes.Gcs;

/// <summary>Reads a credential file of Google's: a service account, a user's own, or workload identity federation.</summary>
internal static class CredentialFile
{
    private const string Scope = "https://www.googleapis.com/auth/devstorage.read_write";

    private static readonly string[] KnownTypes =
    [
        JsonCredentialParameters.ServiceAccountCredentialType,
        JsonCredentialParameters.AuthorizedUserCredentialType,
        JsonCredentialParameters.ExternalAccountCredentialType,
        JsonCredentialParameters.ImpersonatedServiceAccountCredentialType,
    ];

    /// <exception cref="UsageException">It cannot be read, or is no such file.</exception>
    public static async Task<GoogleCredential> ReadAsync(string file, string source, string remote, CancellationToken cancellationToken)
    {
        string json;
        try
        {
            json = await File.ReadAllTextAsync(file, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"remote '{remote}': {source} cannot be read", "correct the path, or unset it to use other credentials", e);
        }
        try
        {
            string? type = TypeOf(json);
            if (!KnownTypes.Contains(type))
                throw new UsageException($"remote '{remote}': {source} holds no credentials of a known type", $"known are {string.Join(", ", KnownTypes)}");
            return CredentialFactory.FromJson(json, type).CreateScoped(Scope);
        }
        catch (Exception e) when (e is not DataVersionException)
        {
            // What the library says may quote the file, which is secret.
            throw new UsageException($"remote '{remote}': {source} is not a credential file of Google's", "download it again, or unset it to use other credentials");
        }
    }

    private static string? TypeOf(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty("type", out JsonElement type) ? type.GetString() : null;
    }
}
