using DataVersion.Configuration;

namespace DataVersion.Operations;

/// <summary>A remote as the configuration defines it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Url">Where it is; of a directory, the absolute path.</param>
/// <param name="IsDefault">Whether it is meant where none is named.</param>
/// <param name="Trusted">Whether a push to it needs no question.</param>
/// <param name="Honoured">False where its URL is used only after <c>dv remote trust</c>.</param>
/// <param name="Origin">Where its URL stands.</param>
public sealed record RemoteListEntry(string Name, string Url, bool IsDefault, bool Trusted, bool Honoured, ConfigOrigin Origin);

/// <summary>Lists the remotes in the order of their names.</summary>
public sealed class RemoteList(ConfigStore store)
{
    /// <summary>All remotes that have a URL.</summary>
    public IReadOnlyList<RemoteListEntry> Run()
    {
        Settings settings = store.Settings;
        return [.. store.Stack.RemoteNames.Select(name => Describe(name, settings)).OfType<RemoteListEntry>()];
    }

    private RemoteListEntry? Describe(string name, Settings settings)
    {
        RemoteSettings? honoured = settings.Remotes.FirstOrDefault(r => r.Name == name);
        if ((honoured ?? store.FindRemote(name)) is not { } remote)
            return null;
        ConfigOrigin origin = store.Stack.Values(ConfigKey.OfRemote(name, "url")).First().Origin;
        return new RemoteListEntry(name, remote.Url, name == settings.Remote, honoured?.Trusted == true, honoured is not null, origin);
    }
}
