using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>
/// Puts a remote together from all places. What comes with the repository is honoured only as far as it cannot harm, unless the user
/// trusts exactly these values: then, and only then, credentials, bearer tokens and pushes may go where the repository says.
/// </summary>
internal sealed class RemoteResolver(ConfigStack stack, ConfigPlaces places, Func<RemoteSettings, bool> isTrusted)
{
    private readonly List<IgnoredValue> _ignored = [];

    /// <summary>What was not honoured so far.</summary>
    public IReadOnlyList<IgnoredValue> Ignored => _ignored;

    /// <summary>The remote as it would be if the user trusted it; null where nothing gives it a URL.</summary>
    /// <exception cref="UsageException">A value that does not read.</exception>
    public RemoteSettings? Candidate(string name) => Build(name, Strongest(name, v => !IsCommittedSecret(v)));

    /// <summary>The remote with what is honoured; null where nothing (honoured) gives it a URL.</summary>
    /// <exception cref="UsageException">A value that does not read.</exception>
    public RemoteSettings? Resolve(string name)
    {
        Report(name, IsCommittedSecret, "set it yourself with: dv remote modify --local {0} {1} VALUE");
        if (Candidate(name) is { } candidate && (candidate.Trusted || isTrusted(candidate)))
            return candidate with { Trusted = true };

        ConfigValue? url = Strongest(name, v => !IsCommitted(v) || IsHarmlessUrl(v)).GetValueOrDefault("url");
        RemoteKind? kind = url is null ? null : Parse(url).Kind;
        Report(name, v => !IsCommittedSecret(v) && !IsHonoured(v, kind), "dv remote trust {0}");
        if (url is null || Build(name, Strongest(name, v => IsHonoured(v, kind))) is not { } remote)
            return null;
        return remote.Trusted || kind != RemoteKind.Http ? remote : WithoutSecrets(remote);
    }

    /// <summary>
    /// A read over http(s) would carry the user's password to a host that the repository chose. The clouds' secrets go only to the
    /// cloud itself, because endpoint and account are honoured only after trust (and S3 sends no secret to an endpoint).
    /// </summary>
    private static RemoteSettings WithoutSecrets(RemoteSettings remote) => remote with
    {
        Options = remote.Options
            .Where(o => !KnownKeys.IsSecret(ConfigKey.OfRemote(remote.Name, o.Key)) && o.Key is not ("username" or "credentialfile"))
            .ToDictionary(),
    };

    private RemoteSettings? Build(string name, IReadOnlyDictionary<string, ConfigValue> values)
    {
        if (!values.TryGetValue("url", out ConfigValue? url))
            return null;
        return new RemoteSettings
        {
            Name = name,
            Url = ReadUrl(url),
            Options = values.Values.Where(v => v.Key.Name != "url").ToDictionary(v => v.Key.Name, ReadOption),
            Committed = Committed(name),
            Trusted = !values.Values.Any(v => IsCommitted(v) && (v.Key.Name == "url" || Known(v).Exposure != Exposure.Open)),
        };
    }

    /// <summary>
    /// What a trust is bound to: all that the repository says beyond the harmless, also where the user overrides it just now, so that a setting
    /// of his own neither ends a trust nor starts one.
    /// </summary>
    private Dictionary<string, string> Committed(string name) =>
        Strongest(name, v => IsCommitted(v) && Known(v).Exposure == Exposure.AfterTrust).ToDictionary(o => o.Key, o => o.Value.Text ?? "true");

    private Dictionary<string, ConfigValue> Strongest(string name, Func<ConfigValue, bool> where)
    {
        Dictionary<string, ConfigValue> strongest = [];
        foreach (KnownKey known in KnownKeys.All.Where(k => k.IsRemote))
        {
            if (stack.Values(ConfigKey.OfRemote(name, known.Name)).FirstOrDefault(where) is { } value)
                strongest.Add(known.Name, value);
        }
        return strongest;
    }

    private void Report(string name, Func<ConfigValue, bool> where, string remedy) => _ignored.AddRange(
        stack.All.Where(v => v.Key is { Section: KnownKeys.RemoteSection } && v.Key.Subsection == name && where(v))
            .Select(v => new IgnoredValue(v, string.Format(System.Globalization.CultureInfo.InvariantCulture, remedy, name, v.Key.Name))));

    private string ReadUrl(ConfigValue value)
    {
        RemoteUrl url = Parse(value);
        return url.Kind == RemoteKind.Directory ? places.Resolve(url.Path, value.Origin.Scope, value.Where) : url.ToString();
    }

    private static RemoteUrl Parse(ConfigValue value)
    {
        string text = ValueReader.Text(value);
        try
        {
            return RemoteUrl.Parse(text);
        }
        catch (UsageException error)
        {
            throw new UsageException($"{value.Where}: {error.Message}", error.Hint, error);
        }
    }

    private string ReadOption(ConfigValue value) => Known(value).Kind switch
    {
        ValueKind.Endpoint => Parse(value) is { Kind: RemoteKind.Http } url
            ? url.ToString()
            : throw new UsageException($"{value.Where}: '{PathRules.Printable(value.Shown)}' is not an https:// address"),
        ValueKind.Boolean => ValueReader.Boolean(value) ? "true" : "false",
        ValueKind.Path => places.Resolve(ValueReader.Text(value), value.Origin.Scope, value.Where),
        ValueKind.Layout => ValueReader.Layout(value),
        ValueKind.Compression => ValueReader.Compression(value),
        _ => ValueReader.Text(value),
    };

    private static KnownKey Known(ConfigValue value) => KnownKeys.Require(value.Key, value.Origin);

    private static bool IsCommitted(ConfigValue value) => value.Origin.Scope == ConfigScope.Repository;

    private static bool IsCommittedSecret(ConfigValue value) => IsCommitted(value) && Known(value).Exposure == Exposure.Secret;

    private static bool IsHarmlessUrl(ConfigValue value) => !(value.Text ?? "").StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    /// <summary>True for what may be used although nobody trusts the remote.</summary>
    private static bool IsHonoured(ConfigValue value, RemoteKind? kind) => !IsCommitted(value) || (Known(value).Exposure, value.Key.Name) switch
    {
        (Exposure.Open, "url") => IsHarmlessUrl(value),
        (Exposure.Open, _) => true,
        // Requests to S3 are signed, not accompanied by a secret; every other cloud's would carry a bearer token.
        (Exposure.AfterTrust, "endpoint") => kind == RemoteKind.S3 && (value.Text ?? "").StartsWith("https://", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}
