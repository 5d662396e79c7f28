namespace DataVersion.Configuration;

/// <summary>One <c>key = value</c> of a configuration file.</summary>
/// <param name="Key">Section and name in lower case, subsection as written.</param>
/// <param name="Value">Null for a key without <c>=</c>, which means true.</param>
/// <param name="Line">The key's line, counted from 1.</param>
public sealed record ConfigEntry(ConfigKey Key, string? Value, int Line);
