using DataVersion.Configuration;

namespace DataVersion.Operations;

/// <summary>Reads one setting.</summary>
public sealed class ConfigGet(ConfigStore store)
{
    /// <summary>The value in force, to be shown by <see cref="ConfigValue.Shown"/>; null where no place sets it.</summary>
    /// <exception cref="UsageException">There is no such setting; the hint names the nearest.</exception>
    public ConfigValue? Run(string name)
    {
        ConfigKey key = ConfigKey.Parse(name);
        KnownKeys.Require(key);
        IReadOnlyList<IgnoredValue> ignored = store.Settings.Ignored;
        return store.Stack.Values(key).FirstOrDefault(v => !ignored.Any(i => ReferenceEquals(i.Value, v)));
    }
}
