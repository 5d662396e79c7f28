using DataVersion.Configuration;

namespace DataVersion.Operations;

/// <summary>Says or sets which remote is meant where none is named.</summary>
public sealed class RemoteDefault(ConfigStore store)
{
    /// <summary>The default in force; null where there is none.</summary>
    public string? Get() => store.Settings.Remote;

    /// <summary>Makes a remote the default: of everybody, of this clone, or of this user.</summary>
    /// <exception cref="UsageException">There is no such remote.</exception>
    public void Set(string name, ConfigScope scope, CancellationToken cancellationToken)
    {
        RemoteDefaults.Require(store, name);
        store.Update(scope, file => file.Set("core", null, "remote", name), cancellationToken);
    }

    /// <summary>Leaves no default in that file.</summary>
    /// <returns>False where there was none.</returns>
    public bool Unset(ConfigScope scope, CancellationToken cancellationToken)
    {
        bool removed = false;
        store.Update(scope, file => removed = file.Unset("core", null, "remote"), cancellationToken);
        return removed;
    }
}
