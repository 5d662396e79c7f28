using Azure;
using Azure.Core;
using Azure.Storage;
using Azure.Storage.Blobs;

namespace DataVersion.Remotes.Azure;

/// <summary>How requests are signed, and what messages call that.</summary>
internal abstract class AzureAccess
{
    /// <summary>Where the credentials come from, never what they are.</summary>
    public abstract string Source { get; }

    /// <summary>True where the credentials must not travel in the clear.</summary>
    public virtual bool NeedsTls => false;

    /// <summary>Until when a SAS token is valid; null where there is none.</summary>
    public virtual DateTimeOffset? Expiry => null;

    public abstract BlobContainerClient Connect(Uri container, BlobClientOptions options);

    /// <summary>No credentials at all.</summary>
    public sealed class Anonymous : AzureAccess
    {
        public override string Source => "anonymous";

        public override BlobContainerClient Connect(Uri container, BlobClientOptions options) => new(container, options);
    }

    /// <summary>An account's key.</summary>
    public sealed class SharedKey(string source, StorageSharedKeyCredential key) : AzureAccess
    {
        public override string Source => source;

        /// <exception cref="UsageException">The key is no base64, or no account is known that it belongs to.</exception>
        public static SharedKey From(string source, string? account, string key)
        {
            if (account is null)
                throw new UsageException($"the account key in {source} needs the account's name", "dv remote modify NAME account ACCOUNT");
            try
            {
                return new SharedKey(source, new StorageSharedKeyCredential(account, key.Trim()));
            }
            catch (FormatException e)
            {
                throw new UsageException($"the account key in {source} is not base64", "copy it from the storage account's page 'Access keys'", e);
            }
        }

        public override BlobContainerClient Connect(Uri container, BlobClientOptions options) => new(container, key, options);
    }

    /// <summary>A shared access signature.</summary>
    public sealed class Sas(string source, string signature) : AzureAccess
    {
        public override string Source => source;

        public override DateTimeOffset? Expiry { get; } = ExpiryOf(signature);

        /// <exception cref="UsageException">It holds no signature.</exception>
        public static Sas From(string source, string token)
        {
            string signature = token.Trim().TrimStart('?');
            if (!$"&{signature}".Contains("&sig=", StringComparison.Ordinal))
                throw new UsageException($"the SAS token in {source} holds no signature (sig=)", "copy the whole token, as in: sv=…&sp=…&se=…&sig=…");
            return new Sas(source, signature);
        }

        public override BlobContainerClient Connect(Uri container, BlobClientOptions options) => new(container, new AzureSasCredential(signature), options);

        private static DateTimeOffset? ExpiryOf(string signature)
        {
            string? text = signature.Split('&').FirstOrDefault(p => p.StartsWith("se=", StringComparison.Ordinal));
            return text is not null && DateTimeOffset.TryParse(
                Uri.UnescapeDataString(text[3..]),
                System.Globalization.CultureInfo.InvariantCulture,
                System.Globalization.DateTimeStyles.AssumeUniversal,
                out DateTimeOffset expiry)
                ? expiry
                : null;
        }
    }

    /// <summary>A token of Entra ID.</summary>
    public sealed class Identity(AzureSignIn signIn) : AzureAccess
    {
        public override string Source => signIn.Source;

        public override bool NeedsTls => true;

        /// <summary>Who signs in.</summary>
        public AzureSignIn SignIn => signIn;

        public override BlobContainerClient Connect(Uri container, BlobClientOptions options) => new(container, (TokenCredential)signIn, options);
    }
}
