using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>What may be written where, and how a value is written: the same for every command that sets something.</summary>
internal static class SettingRules
{
    /// <summary>The value as it is to be stored; paths that the user typed are rewritten so that they mean the same there.</summary>
    /// <exception cref="UsageException">The key may not stand there, or the value does not read.</exception>
    public static string Prepare(ConfigKey key, string value, ConfigScope scope, ConfigPlaces places)
    {
        KnownKey known = KnownKeys.Require(key);
        if (scope == ConfigScope.Repository && known.Exposure == Exposure.Secret)
            throw new UsageException($"{key} is a secret, and .dv/config goes into Git", "use --local, which keeps it in this clone");
        if (scope == ConfigScope.Repository && known.Exposure == Exposure.OwnOnly)
            throw new UsageException($"{key} is not honoured from .dv/config, which comes with the repository", "use --local");
        if (!ConfigSyntax.IsValue(value))
            throw new UsageException($"{key}: the value holds a NUL or half a character");

        ConfigValue typed = new(key, value, new ConfigOrigin(ConfigScope.CommandLine, "command line"));
        ValueReader.Check(typed, known.Kind);
        if (key.IsRemoteUrl)
            return PrepareUrl(value, scope, places);
        if (known.Kind == ValueKind.Endpoint && RemoteUrl.Parse(value).Kind != RemoteKind.Http)
            throw new UsageException($"{key}: '{PathRules.Printable(typed.Shown)}' is not an https:// address");
        return known.Kind == ValueKind.Path ? PreparePath(value, scope, places) : value;
    }

    /// <summary>A URL as it is to be stored.</summary>
    /// <exception cref="UsageException">It is not a URL of a remote.</exception>
    public static string PrepareUrl(string text, ConfigScope scope, ConfigPlaces places)
    {
        RemoteUrl url = RemoteUrl.Parse(text);
        return url.Kind == RemoteKind.Directory ? PreparePath(url.Path, scope, places) : url.ToString();
    }

    /// <summary>Relative to the repository where a relative path was typed, so that it holds for every clone; else absolute.</summary>
    private static string PreparePath(string text, ConfigScope scope, ConfigPlaces places)
    {
        string full = places.Resolve(text, ConfigScope.CommandLine, "command line");
        bool stays = scope is ConfigScope.Repository or ConfigScope.Local && !Path.IsPathFullyQualified(text) && !text.StartsWith('~');
        if (!stays)
            return full;
        string relative = Path.GetRelativePath(places.RepositoryRoot, full).Replace(Path.DirectorySeparatorChar, '/');
        return relative.StartsWith('~') || relative.Contains(':', StringComparison.Ordinal) ? $"./{relative}" : relative;
    }
}
