using DataVersion.Configuration;
using DataVersion.Operations;

namespace DataVersion.Cli.Reporting;

/// <summary>A setting as JSON; secrets read <c>****</c>.</summary>
internal sealed record ConfigOutput(string Key, string Value, string Origin)
{
    internal static ConfigOutput Of(ConfigValue value) => new(value.Key.ToString(), value.Shown, value.Origin.ToString());
}

/// <summary>All settings of all places.</summary>
internal sealed record ConfigListOutput(IReadOnlyList<ConfigListItem> Settings)
{
    internal static ConfigListOutput Of(IReadOnlyList<ConfigListEntry> entries) => new([.. entries.Select(e =>
        new ConfigListItem(e.Value.Key.ToString(), e.Value.Shown, e.Value.Origin.ToString(), e.InForce, e.Remedy))]);
}

internal sealed record ConfigListItem(string Key, string Value, string Origin, bool InForce, string? Remedy);

/// <summary>The remotes.</summary>
internal sealed record RemoteListOutput(IReadOnlyList<RemoteOutput> Remotes)
{
    internal static RemoteListOutput Of(IReadOnlyList<RemoteListEntry> entries) => new([.. entries.Select(e =>
        new RemoteOutput(e.Name, RemoteUrl.Redact(e.Url), e.IsDefault, e.Trusted, e.Honoured, e.Origin.ToString()))]);
}

internal sealed record RemoteOutput(string Name, string Url, bool Default, bool Trusted, bool Honoured, string Origin);
