namespace DataVersion.Configuration;

/// <summary>What a key's value is.</summary>
internal enum ValueKind
{
    Text,
    Boolean,
    Path,
    Paths,
    Endpoint,
    Jobs,
    Hash,
    Links,
    RemoteName,
    Layout,
    Compression,
}

/// <summary>From which places a key is honoured (docs/security.md, "Untrusted configuration").</summary>
internal enum Exposure
{
    /// <summary>From everywhere, <c>.dv/config</c> included: it cannot harm.</summary>
    Open,

    /// <summary>From <c>.dv/config</c> only for a remote that the user trusts.</summary>
    AfterTrust,

    /// <summary>Never from <c>.dv/config</c>.</summary>
    OwnOnly,

    /// <summary>Never from <c>.dv/config</c>, and never shown.</summary>
    Secret,
}

/// <summary>A key that we know. <paramref name="Section"/> <c>remote</c> always has a subsection, the others never.</summary>
internal sealed record KnownKey(string Section, string Name, ValueKind Kind, Exposure Exposure, string? Variable = null)
{
    public bool IsRemote => Section == KnownKeys.RemoteSection;
}
