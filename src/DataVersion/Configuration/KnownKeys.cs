using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>Every key of the configuration, in one table. A key that is not here is an error, so that a typing mistake is seen.</summary>
internal static class KnownKeys
{
    public const string RemoteSection = "remote";

    public static IReadOnlyList<KnownKey> All { get; } =
    [
        new("core", "remote", ValueKind.RemoteName, Exposure.Open, "DV_REMOTE"),
        new("core", "hash", ValueKind.Hash, Exposure.Open, "DV_HASH"),
        new("core", "autostage", ValueKind.Boolean, Exposure.Open, "DV_AUTOSTAGE"),
        new("core", "jobs", ValueKind.Jobs, Exposure.Open, "DV_JOBS"),
        new("cache", "dir", ValueKind.Path, Exposure.OwnOnly, "DV_CACHE_DIR"),
        new("cache", "alternates", ValueKind.Paths, Exposure.OwnOnly, "DV_CACHE_ALTERNATES"),
        new("cache", "link", ValueKind.Links, Exposure.Open, "DV_CACHE_LINK"),
        new("cache", "shared", ValueKind.Boolean, Exposure.OwnOnly, "DV_CACHE_SHARED"),
        new("cache", "trust", ValueKind.Boolean, Exposure.OwnOnly, "DV_CACHE_TRUST"),
        new("run", "remote", ValueKind.RemoteName, Exposure.Open, "DV_RUN_REMOTE"),
        new("run", "redact", ValueKind.Text, Exposure.Open, "DV_RUN_REDACT"),
        Remote("url", Exposure.Open),
        Remote("region", Exposure.Open),
        Remote("pathstyle", Exposure.Open, ValueKind.Boolean),
        Remote("storageclass", Exposure.Open),
        Remote(RemoteFormat.LayoutOption, Exposure.Open, ValueKind.Layout),
        Remote(RemoteFormat.CompressOption, Exposure.Open, ValueKind.Compression),
        Remote("endpoint", Exposure.AfterTrust, ValueKind.Endpoint),
        Remote("profile", Exposure.AfterTrust),
        Remote("account", Exposure.AfterTrust),
        Remote("anonymous", Exposure.AfterTrust, ValueKind.Boolean),
        Remote("requesterpays", Exposure.AfterTrust, ValueKind.Boolean),
        Remote("encryption", Exposure.AfterTrust),
        Remote("kmskey", Exposure.AfterTrust),
        Remote("userproject", Exposure.AfterTrust),
        Remote("tenantid", Exposure.AfterTrust),
        Remote("checksums", Exposure.AfterTrust, ValueKind.Boolean),
        Remote("username", Exposure.AfterTrust),
        Remote("accesskeyid", Exposure.AfterTrust),
        Remote("clientid", Exposure.AfterTrust),
        Remote("credentialfile", Exposure.AfterTrust, ValueKind.Path),
        Remote("cafile", Exposure.AfterTrust, ValueKind.Path),
        Remote("secretaccesskey", Exposure.Secret),
        Remote("sessiontoken", Exposure.Secret),
        Remote("accountkey", Exposure.Secret),
        Remote("sastoken", Exposure.Secret),
        Remote("connectionstring", Exposure.Secret),
        Remote("password", Exposure.Secret),
        Remote("token", Exposure.Secret),
    ];

    public static KnownKey? Find(ConfigKey key) =>
        All.FirstOrDefault(k => k.Section == key.Section && k.Name == key.Name && k.IsRemote == key.Subsection is not null);

    public static bool IsSecret(ConfigKey key) => Find(key)?.Exposure == Exposure.Secret;

    /// <summary>The key's entry in the table.</summary>
    /// <param name="key">What was asked for.</param>
    /// <param name="origin">Where it stands; null on a command line.</param>
    /// <exception cref="UsageException">There is no such key, or the remote's name cannot be one.</exception>
    public static KnownKey Require(ConfigKey key, ConfigOrigin? origin = null)
    {
        string place = origin is null ? "" : $"{origin}: ";
        if (Find(key) is not { } known)
            throw new UsageException($"{place}unknown configuration key '{key}'", $"did you mean '{PathRules.Printable(Nearest(key))}'?");
        if (known.IsRemote && !RemoteName.IsValid(key.Subsection!))
            throw new UsageException($"{place}'{PathRules.Printable(key.Subsection!)}' cannot be the name of a remote", RemoteName.Rule);
        return known;
    }

    private static string Nearest(ConfigKey key)
    {
        // A key of the same remote is compared with that remote's name filled in, and offered so.
        string remote = key.Subsection is { Length: > 0 } name ? name : "NAME";
        string asked = key.Subsection is null ? $"{key.Section}.{key.Name}" : $"{key.Section}.{key.Subsection}.{key.Name}";
        return Spelling.Nearest(asked, All.Select(k => k.IsRemote ? $"{k.Section}.{remote}.{k.Name}" : $"{k.Section}.{k.Name}"));
    }

    private static KnownKey Remote(string name, Exposure exposure, ValueKind kind = ValueKind.Text) => new(RemoteSection, name, kind, exposure);
}
