namespace DataVersion.Configuration;

/// <summary>Where the configuration of a repository lies, and what overrides it. All paths absolute; a null file is not read.</summary>
public sealed record ConfigStoreOptions
{
    /// <summary>What relative paths and <c>~</c> stand for.</summary>
    public required ConfigPlaces Places { get; init; }

    /// <summary><c>.dv/config</c>, which comes with the repository.</summary>
    public string? RepositoryFile { get; init; }

    /// <summary><c>config.local</c> in this worktree's own state folder.</summary>
    public string? LocalFile { get; init; }

    /// <summary><c>~/.config/dv/config</c>.</summary>
    public string? UserFile { get; init; }

    /// <summary><c>/etc/dv/config</c>.</summary>
    public string? SystemFile { get; init; }

    /// <summary>Where trusted remotes are recorded, <c>~/.config/dv/trusted</c>; null where there is no home.</summary>
    public string? TrustFile { get; init; }

    /// <summary>The file that is locked while a configuration file is edited; it stays, so it must not lie where Git would see it.</summary>
    public required string LockFile { get; init; }

    /// <summary>The <c>DV_*</c> environment variables. <c>DV_TRUST_REMOTE=1</c> trusts every remote.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Settings of this command alone, by name.</summary>
    public IReadOnlyDictionary<string, string> Overrides { get; init; } = new Dictionary<string, string>();
}
