using DataVersion.Configuration;

namespace DataVersion.Operations;

/// <summary>Removes one setting.</summary>
public sealed class ConfigUnset(ConfigStore store)
{
    /// <summary>Removes a key from a file, also one that dv does not know: that is how a mistake is undone.</summary>
    /// <exception cref="UsageException">It is not set there, or another setting needs it.</exception>
    public void Run(string name, ConfigScope scope, CancellationToken cancellationToken)
    {
        ConfigKey key = ConfigKey.Parse(name);
        RemoteFormat.CheckEdit(store, key, null, scope);
        void Edit(ConfigFile file)
        {
            if (!file.Unset(key.Section, key.Subsection, key.Name))
                throw new UsageException($"{key} is not set in {file.Name}");
        }

        if (key.Subsection is { } remote)
            store.UpdateRemote(remote, scope, Edit, cancellationToken);
        else
            store.Update(scope, Edit, cancellationToken);
    }
}
