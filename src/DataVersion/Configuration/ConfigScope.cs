namespace DataVersion.Configuration;

/// <summary>Where a setting comes from; the first named is the strongest.</summary>
public enum ConfigScope
{
    /// <summary>An option of this command.</summary>
    CommandLine,

    /// <summary>A <c>DV_*</c> environment variable.</summary>
    Environment,

    /// <summary><c>config.local</c>: this user, this clone; never in Git.</summary>
    Local,

    /// <summary><c>.dv/config</c>: comes with the repository, so it is not trusted with everything.</summary>
    Repository,

    /// <summary><c>~/.config/dv/config</c>.</summary>
    User,

    /// <summary><c>/etc/dv/config</c>.</summary>
    System,
}
