using System.Text;

namespace DataVersion.Configuration;

/// <summary>The letters of Git's configuration syntax, and how names and values are written in it (docs/format.md, "Config").</summary>
internal static class ConfigSyntax
{
    /// <summary>What Git takes for white space; vertical tab and form feed are ordinary bytes to it.</summary>
    public static bool IsSpace(int c) => c is ' ' or '\t' or '\n' or '\r';

    public static bool IsKeyByte(int c) => c is '-' || (c is >= 0 and < 128 && char.IsAsciiLetterOrDigit((char)c));

    public static bool IsSection(string name) => name.Length > 0 && name.All(c => IsKeyByte(c));

    public static bool IsKey(string name) => IsSection(name) && char.IsAsciiLetter(name[0]);

    public static bool IsSubsection(string? name) => name is null || (!name.AsSpan().ContainsAny('\n', '\0') && IsText(name));

    /// <summary>Values hold anything that UTF-8 can, but NUL.</summary>
    public static bool IsValue(string value) => !value.Contains('\0', StringComparison.Ordinal) && IsText(value);

    public static string ToLower(string ascii) => ascii.ToLowerInvariant();

    /// <summary>How a section's header is written: <c>[core]</c> or <c>[remote "name"]</c>.</summary>
    public static string Header(string section, string? subsection) => subsection is null
        ? $"[{section}]"
        : $"[{section} \"{subsection.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"]";

    /// <summary>
    /// How a value is written. Tabs are escaped and carriage returns quoted, because Git before 2.45 reads bare ones as spaces.
    /// </summary>
    public static string Quote(string value)
    {
        bool quoted = value.Length == 0 || value[0] == ' ' || value[^1] == ' ' || value.AsSpan().ContainsAny(';', '#', '\r');
        StringBuilder text = new(value.Length + 8);
        if (quoted)
            text.Append('"');
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                _ => text.Append(c),
            };
        }
        if (quoted)
            text.Append('"');
        return text.ToString();
    }

    private static bool IsText(string value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i]))
                continue;
            if (i + 1 == value.Length || !char.IsSurrogatePair(value[i], value[i + 1]))
                return false;
            i++;
        }
        return true;
    }
}
