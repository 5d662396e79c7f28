using Amazon.Runtime.CredentialManagement;

namespace DataVersion.Remotes.S3;

/// <summary>
/// Chooses where the access keys come from, in this order: the remote's options, environment variables, web identity, container, profile,
/// instance. What is configured and fails is an error: nothing falls through to another identity silently.
/// </summary>
internal static class KeyChain
{
    private const string LookedFor =
        "looked for: options accesskeyid and credentialfile, AWS_ACCESS_KEY_ID, AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_CREDENTIALS_*, ~/.aws/credentials and config, "
        + "instance metadata; a public bucket needs: dv remote modify NAME anonymous true";

    /// <exception cref="UsageException">A source is half configured.</exception>
    public static KeySource Choose(RemoteContext context, AwsProfiles profiles, string location, string region)
    {
        if (context.Flag("anonymous") == true)
            return new FixedKeys("anonymous", null);
        if (FromOptions(context) is { } given)
            return given;
        // A profile that the remote names is more explicit than what happens to be in the environment.
        if (context.Option("profile") is not null)
            return FromProfile(context, profiles, location)!;
        return (KeySource?)FromEnvironment(context)
            ?? WebIdentityKeys.TryMake(context, location, region)
            ?? ContainerKeys.TryMake(context, location)
            ?? FromProfile(context, profiles, location)
            ?? InstanceKeys.Make(context, location, () => NothingFound(location));
    }

    private static RemoteException NothingFound(string location) => new(location, "no AWS credentials were found", LookedFor) { IsDenied = true };

    private static FixedKeys? FromOptions(RemoteContext context)
    {
        string remote = context.Settings.Name;
        if (context.Option("credentialfile") is { } file)
        {
            string profile = context.Option("profile") ?? context.Variable("AWS_PROFILE") ?? AwsProfiles.Default;
            CredentialProfileOptions found = AwsProfiles.Read(file, null).Find(profile)
                ?? throw new UsageException($"remote '{remote}': there is no profile '{profile}' in the credential file '{file}'", "check option credentialfile");
            if (found.AccessKey is null || found.SecretKey is null)
                throw new UsageException($"remote '{remote}': profile '{profile}' of the credential file '{file}' holds no access key", "it needs aws_access_key_id and aws_secret_access_key");
            return new FixedKeys($"credential file {file}", new S3Keys(found.AccessKey, found.SecretKey, found.Token));
        }
        return (context.Option("accesskeyid"), context.Option("secretaccesskey")) switch
        {
            (null, null) => null,
            ({ } id, { } secret) => new FixedKeys("option accesskeyid", new S3Keys(id, secret, context.Option("sessiontoken"))),
            (_, null) => throw new UsageException(
                $"remote '{remote}': accesskeyid is set, but secretaccesskey is not", $"dv remote modify --local {remote} secretaccesskey …"),
            _ => throw new UsageException($"remote '{remote}': secretaccesskey is set, but accesskeyid is not", $"dv remote modify --local {remote} accesskeyid …"),
        };
    }

    private static FixedKeys? FromEnvironment(RemoteContext context)
    {
        if (context.Variable("AWS_ACCESS_KEY_ID") is not { } id)
            return null;
        string secret = context.Variable("AWS_SECRET_ACCESS_KEY")
            ?? throw new UsageException("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not", "set both, or none");
        return new FixedKeys("environment variable AWS_ACCESS_KEY_ID", new S3Keys(id, secret, context.Variable("AWS_SESSION_TOKEN")));
    }

    private static ProfileKeys? FromProfile(RemoteContext context, AwsProfiles profiles, string location)
    {
        string? named = context.Option("profile") ?? context.Variable("AWS_PROFILE");
        string name = named ?? AwsProfiles.Default;
        if (profiles.Find(name) is not { } options)
        {
            return named is null
                ? null
                : throw new UsageException($"remote '{context.Settings.Name}': there is no AWS profile '{name}'", $"looked in {profiles.Files}");
        }
        // A profile that only says a region is as good as none, unless it was asked for.
        return named is null && !AwsProfiles.HasCredentials(options) ? null : new ProfileKeys(name, options, profiles, location);
    }
}
