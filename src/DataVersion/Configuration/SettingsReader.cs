using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>Makes <see cref="Settings"/> of the values of all places: the strongest honoured one counts.</summary>
internal sealed class SettingsReader(ConfigStack stack, ConfigPlaces places, Func<RemoteSettings, bool> isTrusted)
{
    private readonly List<IgnoredValue> _ignored = [];

    /// <exception cref="UsageException">An unknown key, or a value that does not read; the message begins with the place.</exception>
    public Settings Read()
    {
        stack.CheckKeys();
        Settings defaults = new();
        RemoteResolver resolver = new(stack, places, isTrusted);
        List<RemoteSettings> remotes = [.. stack.RemoteNames.Select(resolver.Resolve).OfType<RemoteSettings>()];
        return new Settings
        {
            Remote = Find("core", "remote") is { } remote ? ReadName(remote) : null,
            Hash = Find("core", "hash") is { } hash ? ValueReader.Hash(hash) : defaults.Hash,
            Autostage = Find("core", "autostage") is { } stage ? ValueReader.Boolean(stage) : defaults.Autostage,
            Jobs = Find("core", "jobs") is { } jobs ? ValueReader.Jobs(jobs) : null,
            CacheDirectory = Find("cache", "dir") is { } dir ? places.Resolve(ValueReader.Text(dir), dir.Origin.Scope, dir.Where) : null,
            CacheAlternates = Find("cache", "alternates") is { } others
                ? [.. ValueReader.Paths(others).Select(p => places.Resolve(p, others.Origin.Scope, others.Where))]
                : defaults.CacheAlternates,
            Links = Find("cache", "link") is { } links ? ValueReader.Links(links) : defaults.Links,
            CacheShared = Find("cache", "shared") is { } shared && ValueReader.Boolean(shared),
            CacheTrust = Find("cache", "trust") is { } trust && ValueReader.Boolean(trust),
            RunRemote = Find("run", "remote") is { } runRemote ? ReadName(runRemote) : null,
            RunRedact = Find("run", "redact") is { } redact ? ValueReader.Patterns(redact) : [],
            Remotes = remotes,
            Ignored = [.. _ignored, .. resolver.Ignored],
        };
    }

    private ConfigValue? Find(string section, string name)
    {
        ConfigKey key = new(section, null, name);
        ConfigValue? found = null;
        foreach (ConfigValue value in stack.Values(key))
        {
            if (value.Origin.Scope == ConfigScope.Repository && KnownKeys.Find(key)!.Exposure != Exposure.Open)
                _ignored.Add(new IgnoredValue(value, $"set it yourself with: dv config --local {key} VALUE"));
            else
                found ??= value;
        }
        return found;
    }

    private static string ReadName(ConfigValue value)
    {
        string name = ValueReader.Text(value);
        return RemoteName.IsValid(name)
            ? name
            : throw new UsageException($"{value.Where}: '{PathRules.Printable(name)}' cannot be the name of a remote", RemoteName.Rule);
    }
}
