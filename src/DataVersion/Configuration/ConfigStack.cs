namespace DataVersion.Configuration;

/// <summary>The values of one place, in its order.</summary>
public sealed record ConfigLayer(ConfigScope Scope, IReadOnlyList<ConfigValue> Values);

/// <summary>All places where settings come from, the strongest first.</summary>
public sealed class ConfigStack
{
    /// <summary>Puts layers in the order of their strength.</summary>
    public ConfigStack(IEnumerable<ConfigLayer> layers) => Layers = [.. layers.OrderBy(l => l.Scope)];

    /// <summary>The strongest first.</summary>
    public IReadOnlyList<ConfigLayer> Layers { get; }

    /// <summary>Every value, the strongest place first, each place in its own order.</summary>
    public IEnumerable<ConfigValue> All => Layers.SelectMany(l => l.Values);

    /// <summary>The values of one key, the one that counts first: in one place the last one wins.</summary>
    public IEnumerable<ConfigValue> Values(ConfigKey key) => Layers.SelectMany(l => l.Values.Where(v => v.Key == key).Reverse());

    /// <summary>Names of remotes that any place says something about, in order of their names.</summary>
    public IReadOnlyList<string> RemoteNames =>
    [
        .. All.Where(v => v.Key is { Section: KnownKeys.RemoteSection, Subsection: not null })
            .Select(v => v.Key.Subsection!).Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>Refuses keys that nobody knows.</summary>
    /// <exception cref="UsageException">Names the place and the nearest key.</exception>
    internal void CheckKeys()
    {
        foreach (ConfigValue value in All)
            KnownKeys.Require(value.Key, value.Origin);
    }
}
