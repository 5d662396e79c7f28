namespace DataVersion.Objects;

/// <summary>
/// Recognises <c>.git</c> and <c>.dv</c> in any case and in the forms that another file system takes for them: NTFS drops dots and spaces at the end,
/// takes what follows a colon for a stream and has short names (<c>GIT~1</c>); HFS+ drops invisible characters. As git's path.c and utf8.c.
/// </summary>
static class DisguisedNames
{
    /// <summary>The reserved name that this one stands for, or null.</summary>
    public static string? Find(string name)
    {
        // Nearly every name ends here.
        if (name[0] is not ('.' or 'g' or 'G' or 'd' or 'D') && name[0] < '\u200c')
            return null;
        Span<char> visible = stackalloc char[name.Length];
        int length = 0;
        foreach (char c in name)
        {
            if (!IsDroppedByHfs(c))
                visible[length++] = c;
        }
        ReadOnlySpan<char> rest = visible[..length];
        return IsForm(rest, ".git", "git~") ? ".git" : IsForm(rest, ".dv", "dv~") ? ".dv" : null;
    }

    private static bool IsForm(ReadOnlySpan<char> name, ReadOnlySpan<char> longName, ReadOnlySpan<char> shortName)
    {
        if (name.StartsWith(longName, StringComparison.OrdinalIgnoreCase))
            return EndsForNtfs(name[longName.Length..]);
        return name.StartsWith(shortName, StringComparison.OrdinalIgnoreCase) && name.Length > shortName.Length
            && char.IsAsciiDigit(name[shortName.Length]) && EndsForNtfs(name[(shortName.Length + 1)..]);
    }

    /// <summary>True if NTFS sees nothing in the rest of a name: dots and spaces up to the end, a stream, or a backslash.</summary>
    private static bool EndsForNtfs(ReadOnlySpan<char> rest)
    {
        ReadOnlySpan<char> after = rest.TrimStart(". ");
        return after.IsEmpty || after[0] is ':' or '\\' or '/';
    }

    private static bool IsDroppedByHfs(char c) =>
        c is (>= '\u200c' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u206a' and <= '\u206f') or '\ufeff';
}
