using DataVersion.Configuration;
using DataVersion.Storage;

namespace DataVersion.Remotes;

/// <summary>What a store is opened with: the remote's settings, and what the process gives.</summary>
public sealed record RemoteContext
{
    /// <summary>The remote; its options hold what is honoured only.</summary>
    public required RemoteSettings Settings { get; init; }

    /// <summary>The environment variables, for the vendors' own credential chains.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>The user's home folder, where the vendors' tools keep their profiles; null where there is none.</summary>
    public string? HomeDirectory { get; init; }

    /// <summary>Counts the requests.</summary>
    public required RequestMeter Meter { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal RemoteUrl Url => RemoteUrl.Parse(Settings.Url);

    /// <summary>An option of the remote's configuration; null where it is not set.</summary>
    internal string? Option(string name) => Settings.Options.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    /// <summary>A boolean option; null where it is not set.</summary>
    internal bool? Flag(string name) => Option(name) is { } value ? value == "true" : null;

    /// <summary>An environment variable; null where it is not set, or empty.</summary>
    internal string? Variable(string name) => Variables.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    /// <summary>A secret of the environment: the variable itself, else what the file says that <c>NAME_FILE</c> names (a mounted secret); null without either.</summary>
    /// <exception cref="UsageException">The file cannot be read, or is empty.</exception>
    internal string? Secret(string name) => SecretFile.Find(Variables, name);
}
