namespace DataVersion.Workspaces;

/// <summary>
/// Reads pointers in the form in which we write them: lines of <c>word: value</c> whose values need no quotes. Every command reads all pointers of a
/// workspace, and a parser of YAML takes many times as long; whatever is not plainly of this form is that parser's to read, and to complain about.
/// </summary>
internal static class PlainPointer
{
    private const int MaxKeyLength = 16;

    /// <summary>The fields of a text, the same that the parser of YAML finds; null where it has to be asked.</summary>
    public static IReadOnlyList<PointerField>? TryReadFields(string text)
    {
        var fields = new List<PointerField>();
        int line = 0;
        for (int start = 0; start < text.Length; line++)
        {
            int end = text.IndexOf('\n', start);
            if (end < 0 || TryReadField(text.AsSpan(start, end - start), line) is not { } field || Holds(fields, field.Key))
                return null;
            fields.Add(field);
            start = end + 1;
        }
        return fields.Count == 0 ? null : fields;
    }

    private static PointerField? TryReadField(ReadOnlySpan<char> line, int number)
    {
        int colon = line.IndexOf(':');
        if (colon is < 1 or > MaxKeyLength || colon + 2 >= line.Length || line[colon + 1] != ' ' || line[..colon].ContainsAnyExceptInRange('a', 'z'))
            return null;
        ReadOnlySpan<char> value = line[(colon + 2)..];
        return IsPlain(value) ? new PointerField(line[..colon].ToString(), value.ToString(), number, number, colon + 2, line.Length) : null;
    }

    // Words, numbers and ids. A colon means something to YAML only at the end, or before a space.
    private static bool IsPlain(ReadOnlySpan<char> value)
    {
        foreach (char c in value)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not (':' or '-' or '_' or '.'))
                return false;
        }
        return char.IsAsciiLetterOrDigit(value[0]) && value[^1] != ':';
    }

    private static bool Holds(List<PointerField> fields, string key)
    {
        foreach (PointerField field in fields)
        {
            if (field.Key == key)
                return true;
        }
        return false;
    }
}
