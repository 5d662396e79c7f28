using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>
/// The name of a setting, <c>section.name</c> or <c>section.subsection.name</c>. Section and name are lower-case ASCII; a subsection
/// (the name of a remote) is case-sensitive and may hold dots.
/// </summary>
public readonly record struct ConfigKey(string Section, string? Subsection, string Name)
{
    /// <summary>Reads <c>core.jobs</c> or <c>remote.NAME.url</c>: the first and the last dot separate.</summary>
    /// <exception cref="UsageException">The text is no such name.</exception>
    public static ConfigKey Parse(string text)
    {
        int first = text.IndexOf('.', StringComparison.Ordinal);
        int last = text.LastIndexOf('.');
        if (first <= 0 || last == text.Length - 1)
            throw Malformed(text);
        string? subsection = first == last ? null : text[(first + 1)..last];
        if (!ConfigSyntax.IsSection(text[..first]) || !ConfigSyntax.IsKey(text[(last + 1)..]) || !ConfigSyntax.IsSubsection(subsection))
            throw Malformed(text);
        return Of(text[..first], subsection, text[(last + 1)..]);
    }

    /// <summary>The key of an option of a remote: <c>remote.NAME.OPTION</c>.</summary>
    public static ConfigKey OfRemote(string remote, string option) => Of("remote", remote, option);

    /// <summary>True for the URL of a remote.</summary>
    internal bool IsRemoteUrl => Section == KnownKeys.RemoteSection && Subsection is not null && Name == "url";

    /// <inheritdoc/>
    public override string ToString() =>
        PathRules.Printable(Subsection is null ? $"{Section}.{Name}" : $"{Section}.{Subsection}.{Name}");

    internal static ConfigKey Of(string section, string? subsection, string name) =>
        new(ConfigSyntax.ToLower(section), subsection, ConfigSyntax.ToLower(name));

    private static UsageException Malformed(string text) =>
        new($"'{PathRules.Printable(text)}' is not the name of a setting", "names look like core.jobs or remote.NAME.url");
}
