namespace DataVersion.Configuration;

/// <summary>Makes layers of files, of the environment and of the command line.</summary>
public static class ConfigLayers
{
    /// <summary>A file's entries.</summary>
    public static ConfigLayer OfFile(ConfigScope scope, ConfigFile file) =>
        new(scope, [.. file.Entries.Select(e => new ConfigValue(e.Key, e.Value, new ConfigOrigin(scope, file.Name, e.Line)))]);

    /// <summary>The <c>DV_*</c> variables that stand for settings; others, and empty ones, say nothing.</summary>
    public static ConfigLayer OfEnvironment(IReadOnlyDictionary<string, string> variables) => new(
        ConfigScope.Environment,
        [.. from known in KnownKeys.All
            where known.Variable is not null && variables.GetValueOrDefault(known.Variable) is { Length: > 0 }
            select new ConfigValue(
                new ConfigKey(known.Section, null, known.Name),
                variables[known.Variable!],
                new ConfigOrigin(ConfigScope.Environment, known.Variable!))]);

    /// <summary>Settings of one command, by name: <c>core.jobs</c> → <c>4</c>.</summary>
    /// <exception cref="UsageException">A name that is none.</exception>
    public static ConfigLayer OfCommandLine(IReadOnlyDictionary<string, string> overrides) => new(
        ConfigScope.CommandLine,
        [.. overrides.Select(o => new ConfigValue(ConfigKey.Parse(o.Key), o.Value, new ConfigOrigin(ConfigScope.CommandLine, "command line")))]);
}
