using DataVersion.Configuration;

namespace DataVersion.Operations;

/// <summary>A setting to write.</summary>
public sealed record ConfigSetRequest
{
    /// <summary>Its name: <c>core.jobs</c>, <c>remote.NAME.url</c>.</summary>
    public required string Key { get; init; }

    /// <summary>Its value; relative paths start from <see cref="ConfigPlaces.WorkingDirectory"/>.</summary>
    public required string Value { get; init; }

    /// <summary>Which file: <see cref="ConfigScope.Repository"/>, <see cref="ConfigScope.Local"/> or <see cref="ConfigScope.User"/>.</summary>
    public ConfigScope Scope { get; init; } = ConfigScope.Repository;
}

/// <summary>Writes one setting.</summary>
public sealed class ConfigSet(ConfigStore store)
{
    /// <summary>Replaces the value in its place, or adds it.</summary>
    /// <exception cref="UsageException">No such setting, a value that does not read or does not go with another, or one that may not stand in that file.</exception>
    public void Run(ConfigSetRequest request, CancellationToken cancellationToken)
    {
        ConfigKey key = ConfigKey.Parse(request.Key);
        string value = SettingRules.Prepare(key, request.Value, request.Scope, store.Places);
        RemoteFormat.CheckEdit(store, key, value, request.Scope);
        void Edit(ConfigFile file) => file.Set(key.Section, key.Subsection, key.Name, value);
        if (key.Subsection is { } remote)
            store.UpdateRemote(remote, request.Scope, Edit, cancellationToken);
        else
            store.Update(request.Scope, Edit, cancellationToken);
    }
}
