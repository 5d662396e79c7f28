using DataVersion.Configuration;

namespace DataVersion.Operations;

/// <summary>Forgets a remote; what is stored there stays.</summary>
public sealed class RemoteRemove(ConfigStore store)
{
    /// <summary>Removes the remote with its options and secrets, and as the default if it was that.</summary>
    /// <exception cref="UsageException">This repository defines no such remote.</exception>
    public void Run(string name, CancellationToken cancellationToken)
    {
        RemoteDefaults.RequireHere(store, name);
        foreach (ConfigScope scope in RemoteDefaults.Files.Where(store.Has))
        {
            store.Update(scope, file =>
            {
                file.RemoveSection("remote", name);
                if (file.Get("core", null, "remote") == name)
                    file.Unset("core", null, "remote");
            }, cancellationToken);
        }
    }
}
