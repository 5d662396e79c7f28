using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>The default remote and the files that name it.</summary>
internal static class RemoteDefaults
{
    private static readonly ConfigKey Key = new("core", null, "remote");

    /// <summary>The files of a repository that its commands edit.</summary>
    public static IReadOnlyList<ConfigScope> Files { get; } = [ConfigScope.Local, ConfigScope.Repository];

    /// <summary>The default that a configuration file names; the environment's, which lasts one command, does not count.</summary>
    public static string? Current(ConfigStore store) =>
        store.Stack.Values(Key).FirstOrDefault(v => v.Origin.Scope >= ConfigScope.Local)?.Text;

    /// <summary>The remote must have a URL in a file of this repository.</summary>
    /// <exception cref="UsageException">It has none.</exception>
    public static void RequireHere(ConfigStore store, string name)
    {
        List<ConfigValue> urls = [.. store.Stack.Values(ConfigKey.OfRemote(name, "url"))];
        if (urls.Exists(v => Files.Contains(v.Origin.Scope)))
            return;
        if (urls.Count > 0)
            throw new UsageException($"the remote '{name}' is not defined by this repository but by {urls[0].Origin}", "edit that file");
        Require(store, name);
    }

    /// <summary>The remote must have a URL somewhere.</summary>
    /// <exception cref="UsageException">It has none.</exception>
    public static void Require(ConfigStore store, string name)
    {
        List<string> known = [.. store.Stack.RemoteNames.Where(n => store.Stack.Values(ConfigKey.OfRemote(n, "url")).Any())];
        if (known.Contains(name))
            return;
        string names = PathRules.Printable(string.Join(", ", known));
        throw new UsageException(
            $"no remote named '{PathRules.Printable(name)}'",
            known.Count == 0 ? "add it with: dv remote add NAME URL" : $"there are: {names}");
    }
}
