namespace DataVersion.Workspaces;

/// <summary>One line of an ignore file, taken apart exactly as Git does it (dir.c, parse_path_pattern and match_pathname), oddities included.</summary>
sealed class IgnorePattern
{
    private readonly byte[] _text;
    private readonly int _literalPrefix;
    private readonly bool _nameOnly;
    private readonly bool _suffixOnly;
    private readonly bool _directoryOnly;

    private IgnorePattern(ReadOnlySpan<byte> line)
    {
        IsNegated = line is [(byte)'!', ..];
        if (IsNegated)
            line = line[1..];
        _suffixOnly = line is [(byte)'*', ..] && !Wildmatch.HasSpecial(line[1..]);
        _directoryOnly = line is [.., (byte)'/'];
        if (_directoryOnly)
            line = line[..^1];
        _nameOnly = !line.Contains((byte)'/');
        if (!_nameOnly && line[0] == (byte)'/')
            line = line[1..];
        int special = line.IndexOfAny("*?[\\"u8);
        _literalPrefix = special < 0 ? line.Length : special;
        _text = line.ToArray();
    }

    /// <summary>True for a line that begins with '!': what it matches is not ignored after all.</summary>
    public bool IsNegated { get; }

    /// <summary>Reads a line without its end; null for blank lines and comments.</summary>
    public static IgnorePattern? Parse(ReadOnlySpan<byte> line)
    {
        if (line is [(byte)'#', ..])
            return null;
        line = TrimTrailingSpaces(line);
        return line.IsEmpty ? null : new IgnorePattern(line);
    }

    /// <summary>Matches a path relative to the folder of the ignore file; its last component starts at <paramref name="nameStart"/>.</summary>
    public bool Matches(ReadOnlySpan<byte> path, int nameStart, bool isDirectory)
    {
        if (_directoryOnly && !isDirectory)
            return false;
        if (!_nameOnly)
            return MatchesPath(path);
        ReadOnlySpan<byte> name = path[nameStart..];
        if (_literalPrefix == _text.Length)
            return name.SequenceEqual(_text);
        return _suffixOnly ? name.EndsWith(_text.AsSpan(1)) : Wildmatch.IsMatch(_text, name, pathname: false);
    }

    private bool MatchesPath(ReadOnlySpan<byte> path)
    {
        // Git matches what stands before the first wildcard apart, so that the "**" of "a**/b" counts as one at the beginning.
        if (!path.StartsWith(_text.AsSpan(0, _literalPrefix)))
            return false;
        ReadOnlySpan<byte> rest = path[_literalPrefix..];
        return _literalPrefix == _text.Length ? rest.IsEmpty : Wildmatch.IsMatch(_text.AsSpan(_literalPrefix), rest, pathname: true);
    }

    /// <summary>A space that a backslash escapes is kept, and so is everything before it.</summary>
    private static ReadOnlySpan<byte> TrimTrailingSpaces(ReadOnlySpan<byte> line)
    {
        int end = 0;
        for (int i = 0; i < line.Length; i++)
        {
            bool escaped = line[i] == (byte)'\\';
            if (escaped && ++i == line.Length)
                return line;
            if (escaped || line[i] != (byte)' ')
                end = i + 1;
        }
        return line[..end];
    }
}
