using DataVersion.Configuration;

namespace DataVersion.Operations;

/// <summary>A setting in one place.</summary>
/// <param name="Value">To be shown by <see cref="ConfigValue.Shown"/>.</param>
/// <param name="InForce">False where a stronger place, or a later line, overrides it or it is not honoured.</param>
/// <param name="Remedy">How it could be honoured; null where it is.</param>
public sealed record ConfigListEntry(ConfigValue Value, bool InForce, string? Remedy);

/// <summary>Lists all settings of all places, the strongest first.</summary>
public sealed class ConfigList(ConfigStore store)
{
    /// <summary>Works also where a value does not read; nothing is then known to be ignored.</summary>
    public IReadOnlyList<ConfigListEntry> Run()
    {
        Dictionary<ConfigValue, string> remedies = new(ReferenceEqualityComparer.Instance);
        foreach (IgnoredValue ignored in Ignored())
            remedies[ignored.Value] = ignored.Remedy;
        return [.. store.Stack.All.Select(value => new ConfigListEntry(
            value,
            ReferenceEquals(value, store.Stack.Values(value.Key).FirstOrDefault(v => !remedies.ContainsKey(v))),
            remedies.GetValueOrDefault(value)))];
    }

    private IReadOnlyList<IgnoredValue> Ignored()
    {
        try
        {
            return store.Settings.Ignored;
        }
        catch (UsageException)
        {
            return [];
        }
    }
}
