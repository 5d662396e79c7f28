using DataVersion.Configuration;

namespace DataVersion.Operations;

/// <summary>Gives a remote another name.</summary>
public sealed class RemoteRename(ConfigStore store)
{
    /// <summary>Renames the remote with its options, and as the default if it is that. A trust in it goes on.</summary>
    /// <exception cref="UsageException">There is no such remote, or the new name cannot be used.</exception>
    public void Run(string name, string newName, CancellationToken cancellationToken)
    {
        RemoteName.Check(newName);
        RemoteDefaults.RequireHere(store, name);

        // Also where only options are left: they would become part of the renamed remote.
        if (store.Stack.RemoteNames.Contains(newName))
            throw new UsageException($"the remote '{newName}' exists, or settings of one of that name do", "see: dv config --show-origin");
        bool trusted = store.IsTrustedNow(name);
        foreach (ConfigScope scope in RemoteDefaults.Files.Where(store.Has))
        {
            store.Update(scope, file =>
            {
                file.RenameSection("remote", name, "remote", newName);
                if (file.Get("core", null, "remote") == name)
                    file.Set("core", null, "remote", newName);
            }, cancellationToken);
        }
        if (trusted)
            store.TryTrust(newName, cancellationToken);
    }
}
