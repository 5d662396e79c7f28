namespace DataVersion.Configuration;

/// <summary>A section header or an entry, and where its bytes are in the file. What lies between nodes is space and comments.</summary>
/// <param name="Section">The section that it opens or belongs to, in lower case.</param>
/// <param name="Subsection">The subsection, or null.</param>
/// <param name="Line">Counted from 1.</param>
/// <param name="Start">Its first byte: <c>[</c>, or the first letter of the key.</param>
/// <param name="End">The byte after it. An entry reaches to the end of its line, with its comment, without the line feed.</param>
internal abstract record ConfigNode(string Section, string? Subsection, int Line, int Start, int End)
{
    public bool IsOf(string section, string? subsection) =>
        Section == ConfigSyntax.ToLower(section) && string.Equals(Subsection, subsection, StringComparison.Ordinal);
}

internal sealed record HeaderNode(string Section, string? Subsection, int Line, int Start, int End)
    : ConfigNode(Section, Subsection, Line, Start, End);

internal sealed record EntryNode(string Section, string? Subsection, int Line, int Start, int End) : ConfigNode(Section, Subsection, Line, Start, End)
{
    public required string Key { get; init; }

    /// <summary>The byte after the key.</summary>
    public required int KeyEnd { get; init; }

    /// <summary>Null where there is no <c>=</c>.</summary>
    public required ValueText? Value { get; init; }

    public ConfigEntry ToEntry() => new(new ConfigKey(Section, Subsection, Key), Value?.Text, Line);
}

/// <summary>A value and its bytes, without the space and the comment around it. Of an empty one both ends lie after the <c>=</c>.</summary>
internal sealed record ValueText(string Text, int Start, int End);
