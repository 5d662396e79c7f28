using DataVersion.Configuration;

namespace DataVersion.Tracking.Pins;

/// <summary>A remote that holds data of a pin, without anything secret or belonging to one machine or person.</summary>
public sealed record PinnedRemote
{
    // Options that say where the data are. Credentials, profiles and files of a machine are not among them.
    private static readonly string[] Kept =
        ["account", "anonymous", "checksums", "encryption", "endpoint", "pathstyle", "region", "requesterpays", "storageclass", "userproject"];

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its URL, without credentials.</summary>
    public required string Url { get; init; }

    /// <summary>Whether it is the one of items that name none.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Options that say where and how it is reached, by name, in the order of names.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether an option may stand in a pin.</summary>
    internal static bool MayKeep(string option) => Kept.Contains(option, StringComparer.Ordinal);

    /// <summary>The remotes that items need, of those that the settings define.</summary>
    internal static IReadOnlyList<PinnedRemote> Of(IReadOnlyList<RemoteSettings> remotes, string? standard, IReadOnlyList<PinnedItem> items)
    {
        HashSet<string?> used = [.. items.Select(item => item.Pointer.Remote ?? standard)];
        return [.. remotes.Where(remote => used.Contains(remote.Name)).OrderBy(remote => remote.Name, StringComparer.Ordinal)
            .Select(remote => Of(remote.Name, remote.Url, remote.Name == standard, remote.Options))];
    }

    /// <summary>The same for the file <c>.dv/config</c> of a commit, as it stands there.</summary>
    /// <exception cref="InvalidFormatException">It is malformed.</exception>
    internal static IReadOnlyList<PinnedRemote> OfCommitted(byte[] config, string file, IReadOnlyList<PinnedItem> items)
    {
        ConfigFile parsed = ConfigFile.Parse(config, file);
        string? standard = parsed.Get("core", null, "remote");
        HashSet<string?> used = [.. items.Select(item => item.Pointer.Remote ?? standard)];
        return [.. parsed.Entries
            .Where(entry => entry.Key.Section == "remote" && used.Contains(entry.Key.Subsection))
            .GroupBy(entry => entry.Key.Subsection!, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Where(group => group.Any(entry => entry.Key.Name == "url" && entry.Value is not null))
            .Select(group => Of(group.Key, group.Last(e => e.Key.Name == "url" && e.Value is not null).Value!, group.Key == standard,
                group.GroupBy(entry => entry.Key.Name).Select(g => KeyValuePair.Create(g.Key, g.Last().Value ?? "true"))))];
    }

    private static PinnedRemote Of(string name, string url, bool isDefault, IEnumerable<KeyValuePair<string, string>> options)
    {
        var kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string option, string value) in options)
        {
            if (MayKeep(option))
                kept[option] = RemoteUrl.Redact(value);
        }
        return new PinnedRemote { Name = name, Url = RemoteUrl.Redact(url), IsDefault = isDefault, Options = kept };
    }
}
