using Amazon;
using Amazon.Runtime.CredentialManagement;

namespace DataVersion.Remotes.S3;

/// <summary>The profiles of a shared credentials file and a config file, as the AWS tools keep them.</summary>
internal sealed class AwsProfiles : ICredentialProfileSource
{
    /// <summary>The profile that is used where none is named.</summary>
    public const string Default = "default";

    private readonly Dictionary<string, Dictionary<string, string>> _profiles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, string>> _sessions = new(StringComparer.Ordinal);

    private AwsProfiles(string files) => Files = files;

    /// <summary>The files' names, for messages.</summary>
    public string Files { get; }

    /// <summary>The files that the AWS tools would read.</summary>
    public static AwsProfiles Of(RemoteContext context)
    {
        string? home = context.HomeDirectory;
        return Read(
            context.Variable("AWS_SHARED_CREDENTIALS_FILE") ?? (home is null ? null : Path.Combine(home, ".aws", "credentials")),
            context.Variable("AWS_CONFIG_FILE") ?? (home is null ? null : Path.Combine(home, ".aws", "config")));
    }

    /// <summary>Reads what of the two files is there.</summary>
    /// <exception cref="UsageException">A file is there and cannot be read.</exception>
    public static AwsProfiles Read(string? credentialsFile, string? configFile)
    {
        var profiles = new AwsProfiles(string.Join(" and ", new[] { credentialsFile, configFile }.OfType<string>()));
        // What the credentials file says wins.
        profiles.ReadFile(configFile, isConfig: true);
        profiles.ReadFile(credentialsFile, isConfig: false);
        return profiles;
    }

    /// <summary>Whether a profile says more than a region.</summary>
    public static bool HasCredentials(CredentialProfileOptions options) =>
        (options.AccessKey ?? options.RoleArn ?? options.CredentialProcess ?? options.SsoAccountId ?? options.WebIdentityTokenFile) is not null;

    /// <summary>The region that a profile names; null where it names none.</summary>
    public string? RegionOf(string profile) => _profiles.TryGetValue(profile, out var values) ? values.GetValueOrDefault("region") : null;

    /// <summary>A profile; null where there is none of that name.</summary>
    public CredentialProfileOptions? Find(string name)
    {
        if (!_profiles.TryGetValue(name, out Dictionary<string, string>? values))
            return null;
        string? session = values.GetValueOrDefault("sso_session");
        Dictionary<string, string> shared = session is not null && _sessions.TryGetValue(session, out var found) ? found : [];
        string? Value(string key) => values.GetValueOrDefault(key) ?? shared.GetValueOrDefault(key);
        return new CredentialProfileOptions
        {
            AccessKey = Value("aws_access_key_id"),
            SecretKey = Value("aws_secret_access_key"),
            Token = Value("aws_session_token"),
            RoleArn = Value("role_arn"),
            RoleSessionName = Value("role_session_name"),
            ExternalID = Value("external_id"),
            MfaSerial = Value("mfa_serial"),
            SourceProfile = Value("source_profile"),
            CredentialSource = Value("credential_source"),
            CredentialProcess = Value("credential_process"),
            WebIdentityTokenFile = Value("web_identity_token_file"),
            SsoSession = session,
            SsoAccountId = Value("sso_account_id"),
            SsoRoleName = Value("sso_role_name"),
            SsoRegion = Value("sso_region"),
            SsoStartUrl = Value("sso_start_url"),
            SsoRegistrationScopes = Value("sso_registration_scopes"),
        };
    }

    /// <inheritdoc/>
    public bool TryGetProfile(string profileName, out CredentialProfile profile)
    {
        CredentialProfileOptions? options = Find(profileName);
        string? region = RegionOf(profileName);
        profile = options is null ? null! : new CredentialProfile(profileName, options) { Region = region is null ? null : RegionEndpoint.GetBySystemName(region) };
        return options is not null;
    }

    private void ReadFile(string? file, bool isConfig)
    {
        string[] lines;
        try
        {
            if (file is null || !File.Exists(file))
                return;
            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the AWS file '{file}' cannot be read: {e.Message}", "check its permissions", e);
        }
        Dictionary<string, string>? section = null;
        foreach (string line in lines)
        {
            string text = line.Trim();
            if (text.Length == 0 || text[0] is '#' or ';')
                continue;
            if (text[0] == '[')
                section = SectionOf(text.Trim('[', ']', ' ', '\t'), isConfig);
            else if (section is not null && !char.IsWhiteSpace(line[0]) && text.IndexOf('=', StringComparison.Ordinal) is int equals and > 0)
                section[text[..equals].TrimEnd().ToLowerInvariant()] = text[(equals + 1)..].TrimStart();
        }
    }

    // The config file writes [profile NAME], and [default]; the credentials file [NAME].
    private Dictionary<string, string>? SectionOf(string title, bool isConfig)
    {
        string[] words = title.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        (Dictionary<string, Dictionary<string, string>>? group, string name) = (isConfig, words) switch
        {
            (true, ["profile", var profile]) => (_profiles, profile.Trim('"', '\'')),
            (true, ["sso-session", var session]) => (_sessions, session.Trim('"', '\'')),
            (true, [Default]) or (false, [_]) => (_profiles, title),
            _ => (null, ""),
        };
        if (group is null)
            return null;
        if (!group.TryGetValue(name, out Dictionary<string, string>? section))
            group[name] = section = new(StringComparer.Ordinal);
        return section;
    }
}
