namespace DataVersion.Workspaces;

/// <summary>One bracket expression of a glob: <c>[a-z]</c>, <c>[!x]</c>, <c>[^x]</c>, <c>[[:alpha:]]</c>, with <c>\</c> escaping inside. Bytes, as in Git.</summary>
static class WildmatchClass
{
    /// <summary>
    /// Matches one byte against the expression that starts at <paramref name="position"/> with '[', and moves behind it. False if the expression
    /// is malformed: unclosed, or an unknown class name.
    /// </summary>
    public static bool TryMatch(ReadOnlySpan<byte> pattern, ref int position, byte value, out bool matches)
    {
        matches = false;
        int p = position + 1;
        bool negated = p < pattern.Length && pattern[p] is (byte)'!' or (byte)'^';
        if (negated)
            p++;
        bool found = false;
        byte previous = 0;
        // A ']' in the first place is an ordinary member.
        for (bool first = true; first || p >= pattern.Length || pattern[p] != (byte)']'; first = false)
        {
            if (p >= pattern.Length)
                return false;
            byte member = pattern[p];
            if (member == (byte)'-' && previous != 0 && p + 1 < pattern.Length && pattern[p + 1] != (byte)']')
            {
                p++;
                if (!TryTakeEscaped(pattern, ref p, out byte last))
                    return false;
                found |= value >= previous && value <= last;
                previous = 0;
                continue;
            }
            if (member == (byte)'[' && p + 1 < pattern.Length && pattern[p + 1] == (byte)':')
            {
                int close = pattern[(p + 2)..].IndexOf((byte)']');
                if (close < 0)
                    return false;
                if (close > 0 && pattern[p + 1 + close] == (byte)':')
                {
                    if (IsInNamedClass(pattern.Slice(p + 2, close - 1), value) is not { } inClass)
                        return false;
                    found |= inClass;
                    previous = 0;
                    p += close + 3;
                    continue;
                }
            }
            if (!TryTakeEscaped(pattern, ref p, out previous))
                return false;
            found |= value == previous;
        }
        position = p + 1;
        matches = found != negated;
        return true;
    }

    private static bool TryTakeEscaped(ReadOnlySpan<byte> pattern, ref int p, out byte value)
    {
        value = 0;
        if (pattern[p] == (byte)'\\' && ++p == pattern.Length)
            return false;
        value = pattern[p++];
        return true;
    }

    /// <summary>Null for an unknown name. Git's own character tables: only ASCII, and white space without VT and FF.</summary>
    private static bool? IsInNamedClass(ReadOnlySpan<byte> name, byte value)
    {
        char c = (char)value;
        bool isSpace = c is ' ' or '\t' or '\n' or '\r';
        return name switch
        {
            _ when name.SequenceEqual("alnum"u8) => char.IsAsciiLetterOrDigit(c),
            _ when name.SequenceEqual("alpha"u8) => char.IsAsciiLetter(c),
            _ when name.SequenceEqual("blank"u8) => c is ' ' or '\t',
            _ when name.SequenceEqual("cntrl"u8) => c is < ' ' or '\x7f',
            _ when name.SequenceEqual("digit"u8) => char.IsAsciiDigit(c),
            _ when name.SequenceEqual("graph"u8) => c is > ' ' and < '\x7f',
            _ when name.SequenceEqual("lower"u8) => char.IsAsciiLetterLower(c),
            _ when name.SequenceEqual("print"u8) => c is >= ' ' and < '\x7f',
            _ when name.SequenceEqual("punct"u8) => c is > ' ' and < '\x7f' && !char.IsAsciiLetterOrDigit(c),
            _ when name.SequenceEqual("space"u8) => isSpace,
            _ when name.SequenceEqual("upper"u8) => char.IsAsciiLetterUpper(c),
            _ when name.SequenceEqual("xdigit"u8) => char.IsAsciiHexDigit(c),
            _ => null,
        };
    }
}
