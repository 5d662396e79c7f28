namespace DataVersion.Remotes.Azure;

/// <summary>The environment variables that Azure's own tools read.</summary>
internal static class AzureVariables
{
    public const string Account = "AZURE_STORAGE_ACCOUNT";
    public const string Key = "AZURE_STORAGE_KEY";
    public const string Sas = "AZURE_STORAGE_SAS_TOKEN";
    public const string ConnectionString = "AZURE_STORAGE_CONNECTION_STRING";
    public const string FederatedTokenFile = "AZURE_FEDERATED_TOKEN_FILE";
    public const string ClientId = "AZURE_CLIENT_ID";
    public const string TenantId = "AZURE_TENANT_ID";
    public const string ClientSecret = "AZURE_CLIENT_SECRET";
    public const string CertificatePath = "AZURE_CLIENT_CERTIFICATE_PATH";
    public const string CertificatePassword = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
    public const string AuthorityHost = "AZURE_AUTHORITY_HOST";
    public const string MetadataHost = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

    /// <summary>Any of these says that the machine (App Service, Container Apps, Arc …) gives its programs an identity.</summary>
    public static IReadOnlyList<string> IdentityEndpoints { get; } = ["IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT"];
}
