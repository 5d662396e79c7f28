using DataVersion.Configuration;
using DataVersion.Objects;

namespace DataVersion.Operations;

/// <summary>A remote to define.</summary>
public sealed record RemoteAddRequest
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>A URL, or a path relative to <see cref="ConfigPlaces.WorkingDirectory"/>.</summary>
    public required string Url { get; init; }

    /// <summary>Which file: <see cref="ConfigScope.Repository"/> (everybody), <see cref="ConfigScope.Local"/> (this clone) or <see cref="ConfigScope.User"/>.</summary>
    public ConfigScope Scope { get; init; } = ConfigScope.Repository;

    /// <summary>Make it the default although there is one.</summary>
    public bool MakeDefault { get; init; }

    /// <summary>Replace a remote of that name with all its options.</summary>
    public bool Force { get; init; }

    /// <summary>How objects shall lie there once it is made: one of <see cref="RemoteFormat.Layouts"/>; null says nothing.</summary>
    public string? Layout { get; init; }

    /// <summary>How they shall be compressed: one of <see cref="RemoteFormat.Compressions"/>; null says nothing. Only a packed remote can be.</summary>
    public string? Compress { get; init; }
}

/// <summary>What was defined.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Url">As it is stored: a relative path is relative to the repository.</param>
/// <param name="IsDefault">Whether it is the default now.</param>
/// <param name="Trusted">Whether this user's trust in it is on record, so that a push will not ask.</param>
public sealed record RemoteAddResult(string Name, string Url, bool IsDefault, bool Trusted);

/// <summary>Defines a remote. The first one becomes the default. What a user adds himself he trusts.</summary>
public sealed class RemoteAdd(ConfigStore store)
{
    /// <summary>Writes the remote and, if there is none yet, the default.</summary>
    /// <exception cref="UsageException">A bad name, URL or option, or the remote exists.</exception>
    public RemoteAddResult Run(RemoteAddRequest request, CancellationToken cancellationToken)
    {
        RemoteName.Check(request.Name);
        ConfigScope scope = request.Scope;
        string url = SettingRules.PrepareUrl(request.Url, scope, store.Places);
        IReadOnlyList<(string Name, string Value)> options = Options(request);
        ConfigKey key = ConfigKey.OfRemote(request.Name, "url");
        if (!request.Force && store.Stack.Values(key).FirstOrDefault() is { } existing)
        {
            throw new UsageException(
                $"the remote '{request.Name}' exists: '{PathRules.Printable(existing.Shown)}' in {existing.Origin}",
                "replace it with --force, or change it with: dv remote modify");
        }

        // Replacing a remote ends it everywhere in this repository: no option or secret of the old one may go to the new address.
        if (request.Force)
            Clear(request, cancellationToken);
        bool isDefault = request.MakeDefault || !HasDefault();
        store.Update(scope, file =>
        {
            if (!request.Force && file.Get("remote", request.Name, "url") is not null)
                throw new UsageException($"the remote '{request.Name}' exists", "replace it with --force");

            // Options without a URL could lie in wait in a cloned repository for the trust that is recorded below.
            if (scope == ConfigScope.Repository)
                file.RemoveSection("remote", request.Name);
            file.Set("remote", request.Name, "url", url);
            foreach ((string option, string value) in options)
                file.Set("remote", request.Name, option, value);
            if (isDefault)
                file.Set("core", null, "remote", request.Name);
        }, cancellationToken);
        bool trusted = scope == ConfigScope.Repository ? store.TryTrust(request.Name, cancellationToken) : store.IsTrustedNow(request.Name);
        return new RemoteAddResult(request.Name, url, RemoteDefaults.Current(store) == request.Name, trusted);
    }

    private List<(string Name, string Value)> Options(RemoteAddRequest request)
    {
        (string Name, string? Value)[] given = [(RemoteFormat.LayoutOption, request.Layout), (RemoteFormat.CompressOption, request.Compress)];
        List<(string, string)> options = [];
        foreach ((string name, string? value) in given)
        {
            if (value is not null)
                options.Add((name, SettingRules.Prepare(ConfigKey.OfRemote(request.Name, name), value, request.Scope, store.Places)));
        }
        RemoteFormat.Check(request.Name, request.Layout, request.Compress, "give --layout packed, too");
        return options;
    }

    private void Clear(RemoteAddRequest request, CancellationToken cancellationToken)
    {
        foreach (ConfigScope scope in RemoteDefaults.Files.Append(request.Scope).Distinct().Where(store.Has))
            store.Update(scope, file => file.RemoveSection("remote", request.Name), cancellationToken);
    }

    private bool HasDefault() =>
        RemoteDefaults.Current(store) is { } name && store.Stack.Values(ConfigKey.OfRemote(name, "url")).Any();
}
