namespace DataVersion.Configuration;

/// <summary>A remote as the configuration defines it, without what is not honoured. Immutable.</summary>
public sealed record RemoteSettings
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its URL; of a directory, the absolute path.</summary>
    public required string Url { get; init; }

    /// <summary>The honoured options but the URL, by lower-case name. Paths are absolute, booleans <c>true</c> or <c>false</c>. May hold secrets.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>True where the user defined it, added it or trusts it: a push needs that, a read does not.</summary>
    public required bool Trusted { get; init; }

    /// <summary>What <c>.dv/config</c> says about it beyond the harmless: the values that a trust is bound to.</summary>
    internal IReadOnlyDictionary<string, string> Committed { get; init; } = new Dictionary<string, string>();

    /// <summary>Keeps the options, which may be secret, out of logs that print records.</summary>
    public override string ToString() => $"{Name} {Url}";
}
