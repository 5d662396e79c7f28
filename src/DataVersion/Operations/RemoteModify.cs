using DataVersion.Configuration;

namespace DataVersion.Operations;

/// <summary>An option of a remote to set or to remove.</summary>
public sealed record RemoteModifyRequest
{
    /// <summary>The remote.</summary>
    public required string Name { get; init; }

    /// <summary>The option: <c>url</c>, <c>endpoint</c>, <c>region</c> …</summary>
    public required string Option { get; init; }

    /// <summary>The new value; null removes the option.</summary>
    public required string? Value { get; init; }

    /// <summary>Which file: <see cref="ConfigScope.Repository"/> (never secrets), <see cref="ConfigScope.Local"/> or <see cref="ConfigScope.User"/>.</summary>
    public ConfigScope Scope { get; init; } = ConfigScope.Repository;
}

/// <summary>Sets or removes an option of a remote.</summary>
public sealed class RemoteModify(ConfigStore store)
{
    /// <summary>Writes the option. If this user trusted the remote, he goes on to.</summary>
    /// <exception cref="UsageException">No such remote or option, a value that does not read or does not go with another, or a secret for everybody.</exception>
    public void Run(RemoteModifyRequest request, CancellationToken cancellationToken)
    {
        RemoteName.Check(request.Name);
        RemoteDefaults.Require(store, request.Name);
        ConfigKey key = ConfigKey.OfRemote(request.Name, request.Option);
        string? value = request.Value is { } given ? SettingRules.Prepare(key, given, request.Scope, store.Places) : null;
        RemoteFormat.CheckEdit(store, key, value, request.Scope);
        if (value is null)
            Unset(key, request.Scope, cancellationToken);
        else
            Set(key, value, request.Scope, cancellationToken);
    }

    private void Set(ConfigKey key, string value, ConfigScope scope, CancellationToken cancellationToken) =>
        store.UpdateRemote(key.Subsection!, scope, file => file.Set(key.Section, key.Subsection, key.Name, value), cancellationToken);

    private void Unset(ConfigKey key, ConfigScope scope, CancellationToken cancellationToken) => store.UpdateRemote(key.Subsection!, scope, file =>
    {
        if (key.IsRemoteUrl)
            throw new UsageException("a remote cannot be without a URL", $"remove it with: dv remote remove {key.Subsection}");
        if (!file.Unset(key.Section, key.Subsection, key.Name))
            throw new UsageException($"{key} is not set in {file.Name}");
    }, cancellationToken);
}
