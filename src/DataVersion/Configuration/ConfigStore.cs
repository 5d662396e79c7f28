using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>The configuration of one repository as this process sees it: reads all places, edits one file at a time. Not thread-safe.</summary>
public sealed class ConfigStore
{
    private readonly ConfigStoreOptions _options;
    private readonly bool _trustsAll;
    private ConfigStack? _stack;
    private Settings? _settings;

    /// <summary>Reads nothing yet.</summary>
    /// <exception cref="UsageException"><c>DV_TRUST_REMOTE</c> is neither true nor false.</exception>
    public ConfigStore(ConfigStoreOptions options)
    {
        _options = options;
        Trust = new RemoteTrust(options.TrustFile);
        string trust = options.Variables.GetValueOrDefault("DV_TRUST_REMOTE") is { Length: > 0 } text ? text : "0";
        _trustsAll = ValueReader.TryBoolean(trust, out bool all)
            ? all
            : throw new UsageException($"DV_TRUST_REMOTE: '{PathRules.Printable(trust)}' is not true or false");
    }

    /// <summary>What relative paths stand for.</summary>
    public ConfigPlaces Places => _options.Places;

    /// <summary>The record of trusted remotes.</summary>
    public RemoteTrust Trust { get; }

    /// <summary>Every value of every place, known or not, honoured or not.</summary>
    /// <exception cref="InvalidFormatException">A file that does not follow the syntax.</exception>
    public ConfigStack Stack => _stack ??= ReadStack();

    /// <summary>The settings in force.</summary>
    /// <exception cref="UsageException">An unknown key, or a value that does not read; the message begins with the place.</exception>
    /// <exception cref="InvalidFormatException">A file that does not follow the syntax.</exception>
    public Settings Settings => _settings ??= new SettingsReader(Stack, Places, IsTrusted).Read();

    /// <summary>A remote as it would be if the user trusted it; <see cref="RemoteSettings.Trusted"/> says whether he does. Null where it has no URL.</summary>
    /// <exception cref="UsageException">A value that does not read.</exception>
    public RemoteSettings? FindRemote(string name)
    {
        RemoteSettings? candidate = new RemoteResolver(Stack, Places, IsTrusted).Candidate(name);
        return candidate is null ? null : candidate with { Trusted = candidate.Trusted || IsTrusted(candidate) };
    }

    /// <summary>The name that messages give a file: relative to the repository where it lies inside.</summary>
    public string NameOf(ConfigScope scope)
    {
        string file = PathOf(scope);
        string relative = Path.GetRelativePath(Places.RepositoryRoot, file);
        bool outside = Path.IsPathRooted(relative) || relative.StartsWith("..", StringComparison.Ordinal);
        return outside ? file : relative.Replace('\\', '/');
    }

    /// <summary>
    /// Edits one file: reads it again under a lock, so that two edits at once both count, and replaces it atomically.
    /// <c>config.local</c> and the user's own file may hold secrets and become readable by their owner alone.
    /// </summary>
    /// <exception cref="UsageException">That place is no file, or there is none here.</exception>
    /// <exception cref="LockedException">Another process edits for too long.</exception>
    /// <exception cref="FileAccessException">The file cannot be written.</exception>
    public void Update(ConfigScope scope, Action<ConfigFile> edit, CancellationToken cancellationToken)
    {
        bool isPrivate = scope is ConfigScope.Local or ConfigScope.User;
        ConfigDisk.Update(RealPathOf(scope), _options.LockFile, isPrivate, () =>
        {
            ConfigFile file = ReadFile(scope);
            byte[] before = file.ToBytes();
            edit(file);
            byte[] after = file.ToBytes();
            return after.AsSpan().SequenceEqual(before) ? null : after;
        }, cancellationToken);
        _stack = null;
        _settings = null;
    }

    /// <summary>
    /// Edits a remote by the hand of this user: if he trusted it before, he trusts what he made of it.
    /// </summary>
    internal void UpdateRemote(string name, ConfigScope scope, Action<ConfigFile> edit, CancellationToken cancellationToken)
    {
        bool trusted = IsTrustedNow(name);
        Update(scope, edit, cancellationToken);
        if (trusted)
            TryTrust(name, cancellationToken);
    }

    /// <summary>Records the trust in a remote that this user defined just now, where it can be recorded.</summary>
    /// <returns>Whether the remote is trusted from now on.</returns>
    internal bool TryTrust(string name, CancellationToken cancellationToken)
    {
        if (FindRemote(name) is not { } remote)
            return false;
        if (remote.Trusted || !Trust.CanRecord)
            return remote.Trusted;
        try
        {
            RecordTrust(name, cancellationToken);
            return true;
        }
        catch (FileAccessException)
        {
            // A container's home may be read-only. The edit stands; a push will say how to trust the remote.
            return false;
        }
    }

    /// <summary>Records the trust in a remote that has a URL.</summary>
    internal void RecordTrust(string name, CancellationToken cancellationToken)
    {
        Trust.Trust(FindRemote(name)!, cancellationToken);
        _settings = null;
    }

    /// <summary>Whether the remote is trusted; a remote whose values do not read is not.</summary>
    internal bool IsTrustedNow(string name)
    {
        try
        {
            return FindRemote(name)?.Trusted == true;
        }
        catch (UsageException)
        {
            return false;
        }
    }

    /// <summary>True where that place has a file here.</summary>
    internal bool Has(ConfigScope scope) => FindPath(scope) is not null;

    private bool IsTrusted(RemoteSettings remote) => _trustsAll || Trust.IsTrusted(remote);

    private ConfigStack ReadStack()
    {
        ConfigScope[] files = [ConfigScope.Local, ConfigScope.Repository, ConfigScope.User, ConfigScope.System];
        return new ConfigStack(
        [
            ConfigLayers.OfCommandLine(_options.Overrides),
            ConfigLayers.OfEnvironment(_options.Variables),
            .. files.Where(Has).Select(scope => ConfigLayers.OfFile(scope, ReadFile(scope))),
        ]);
    }

    private ConfigFile ReadFile(ConfigScope scope) =>
        ConfigFile.Parse(ConfigDisk.TryRead(RealPathOf(scope), ConfigFile.MaxLength), NameOf(scope));

    /// <summary>Nothing reads a file that a link in the repository chose; a user's own file may be a link of his.</summary>
    private string RealPathOf(ConfigScope scope)
    {
        string path = PathOf(scope);
        if (scope is not (ConfigScope.Repository or ConfigScope.Local))
            return ConfigDisk.FollowLinks(path);
        LocalStateCheck.Check([path], [], _ => false);
        return path;
    }

    private string PathOf(ConfigScope scope) => FindPath(scope)
        ?? throw new UsageException($"there is no {scope.ToString().ToLowerInvariant()} configuration file here");

    private string? FindPath(ConfigScope scope) => scope switch
    {
        ConfigScope.Local => _options.LocalFile,
        ConfigScope.Repository => _options.RepositoryFile,
        ConfigScope.User => _options.UserFile,
        ConfigScope.System => _options.SystemFile,
        _ => null,
    };
}
