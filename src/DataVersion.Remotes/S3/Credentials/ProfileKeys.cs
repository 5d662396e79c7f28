using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;

namespace DataVersion.Remotes.S3;

/// <summary>Keys of an AWS profile: written down in it, or of a role, an SSO login or a program that it names. The AWS SDK renews them.</summary>
internal sealed class ProfileKeys(string name, CredentialProfileOptions options, AwsProfiles profiles, string location) : KeySource
{
    private readonly Lazy<AWSCredentials> _credentials = new(() =>
        profiles.TryGetProfile(name, out CredentialProfile profile) ? AWSCredentialsFactory.GetAWSCredentials(profile, profiles) : throw new InvalidOperationException(name));

    public override string Description => options switch
    {
        { SsoAccountId: not null } => $"SSO login of AWS profile '{name}'",
        { RoleArn: not null } => $"role of AWS profile '{name}'",
        { CredentialProcess: not null } => $"credential process of AWS profile '{name}'",
        _ => $"AWS profile '{name}'",
    };

    public override async ValueTask<S3Keys?> GetAsync(CancellationToken cancellationToken)
    {
        if (options is { AccessKey: { } id, SecretKey: { } secret, RoleArn: null })
            return new S3Keys(id, secret, options.Token);
        try
        {
            ImmutableCredentials keys = await _credentials.Value.GetCredentialsAsync();
            return new S3Keys(keys.AccessKey, keys.SecretKey, keys.UseToken ? keys.Token : null);
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or HttpRequestException or ArgumentException or InvalidOperationException
            or IOException or System.ComponentModel.Win32Exception or ProcessAWSCredentialException)
        {
            string hint = options.SsoAccountId is not null ? $"aws sso login --profile {name}" : $"check profile '{name}' in {profiles.Files}";
            throw new RemoteException(location, $"the {Description} gives no credentials", hint, e) { IsDenied = true };
        }
    }

    public override bool Forget(S3Keys keys)
    {
        if (_credentials is not { IsValueCreated: true, Value: RefreshingAWSCredentials renewed })
            return false;
        renewed.ClearCredentials();
        return true;
    }
}
