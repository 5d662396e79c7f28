using System.Text;
using System.Text.Unicode;

namespace DataVersion.Configuration;

/// <summary>
/// Reads Git's configuration syntax as Git's own parser does (config.c, git_parse_source), and is stricter in three things: names and values
/// are UTF-8 without NUL, every key belongs to a section, and [include] is refused, because it would let a repository name files to read.
/// </summary>
internal ref struct ConfigScanner(ReadOnlySpan<byte> bytes, string file)
{
    private const int EndOfFile = -1;
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly List<ConfigNode> _nodes = [];
    private HeaderNode? _header;
    private int _position;
    private int _line = 1;

    public List<ConfigNode> Scan()
    {
        if (_bytes.StartsWith(ByteOrderMark))
            _position = ByteOrderMark.Length;
        while (true)
        {
            int start = _position;
            int c = Next();
            if (c == EndOfFile)
                return _nodes;
            if (ConfigSyntax.IsSpace(c))
                continue;
            if (c is '#' or ';')
                SkipLine();
            else if (c == '[')
                _nodes.Add(_header = ReadHeader(start));
            else if (char.IsAsciiLetter((char)c))
                _nodes.Add(ReadEntry(start));
            else
                throw Fail("expected a [section], a key or a comment");
        }
    }

    /// <summary>The next byte; the two of CR LF count as one line feed.</summary>
    private int Next()
    {
        if (_position == _bytes.Length)
            return EndOfFile;
        byte c = _bytes[_position++];
        if (c == '\r' && _position < _bytes.Length && _bytes[_position] == '\n')
            c = _bytes[_position++];
        if (c == '\n')
            _line++;
        return c;
    }

    private void SkipLine()
    {
        while (Next() is not ('\n' or EndOfFile)) { }
    }

    private HeaderNode ReadHeader(int start)
    {
        int line = _line;
        int nameStart = _position;
        int c = Next();
        while (ConfigSyntax.IsKeyByte(c) || c == '.')
            c = Next();
        if (c != ']' && !ConfigSyntax.IsSpace(c))
            throw Fail("a section header is not closed: [section] or [section \"name\"]", line);
        int nameEnd = nameStart;
        while (ConfigSyntax.IsKeyByte(_bytes[nameEnd]) || _bytes[nameEnd] == '.')
            nameEnd++;

        // The old form [section.name] has its subsection folded to lower case; after it a quoted part may still follow.
        string name = ConfigSyntax.ToLower(Encoding.ASCII.GetString(_bytes[nameStart..nameEnd]));
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        string section = dot < 0 ? name : name[..dot];
        string? subsection = dot < 0 ? null : name[(dot + 1)..];
        if (section.Length == 0)
            throw Fail("a section without a name", line);
        if (c != ']')
        {
            string quoted = ReadSubsection(c, line);
            subsection = subsection is null ? quoted : $"{subsection}.{quoted}";
        }
        if (section is "include" or "includeif")
            throw Fail("[include] is not followed: a configuration that comes with data must not name other files", line);
        return new HeaderNode(section, subsection, line, start, _position);
    }

    private string ReadSubsection(int c, int line)
    {
        while (c != '\n' && ConfigSyntax.IsSpace(c))
            c = Next();
        if (c != '"')
            throw Fail("expected [section \"name\"]", line);
        List<byte> name = [];
        while ((c = Next()) != '"')
        {
            if (c == '\\')
                c = Next();
            if (c is '\n' or EndOfFile)
                throw Fail("a section's name is not closed", line);
            name.Add((byte)c);
        }
        if (Next() != ']')
            throw Fail("expected ] after the section's name", line);
        return Decode(name, line);
    }

    private EntryNode ReadEntry(int start)
    {
        int line = _line;
        HeaderNode header = _header ?? throw Fail("a key before any [section]", line);
        int keyEnd = _position;
        int end = _position;
        int c = Next();
        while (ConfigSyntax.IsKeyByte(c))
        {
            keyEnd = end = _position;
            c = Next();
        }
        while (c is ' ' or '\t')
        {
            end = _position;
            c = Next();
        }
        if (c is not ('\n' or EndOfFile or '='))
            throw Fail("expected = after the key", line);
        ValueText? value = c == '=' ? ReadValue(line, out end) : null;
        return new EntryNode(header.Section, header.Subsection, line, start, end)
        {
            Key = ConfigSyntax.ToLower(Encoding.ASCII.GetString(_bytes[start..keyEnd])),
            KeyEnd = keyEnd,
            Value = value,
        };
    }

    private ValueText ReadValue(int line, out int entryEnd)
    {
        List<byte> value = [];
        List<byte> spaces = [];
        bool quoted = false;
        bool comment = false;
        int start = _position;
        int end = -1;
        while (true)
        {
            int at = entryEnd = _position;
            int c = Next();
            if (c is '\n' or EndOfFile)
                break;
            if (comment)
                continue;
            if (!quoted && ConfigSyntax.IsSpace(c))
            {
                // Space before a value and after it does not count; space inside does.
                if (value.Count > 0)
                    spaces.Add((byte)c);
                continue;
            }
            if (!quoted && (c is ';' or '#'))
            {
                comment = true;
                continue;
            }
            value.AddRange(spaces);
            spaces.Clear();
            if (end < 0)
                start = at;
            if (c == '"')
                quoted = !quoted;
            else if (c != '\\')
                value.Add((byte)c);
            else if (ReadEscape() is { } escaped)
                value.Add(escaped);
            else
            {
                // The line feed of a continuation is not part of what an edit replaces: it then ends the line.
                end = at + 1;
                continue;
            }
            end = _position;
        }
        if (quoted)
            throw Fail("a quote is not closed", line);
        return new ValueText(Decode(value, line), start, end < 0 ? start : end);
    }

    /// <summary>What follows a backslash; null where the line goes on in the next one.</summary>
    private byte? ReadEscape()
    {
        int line = _line;
        return Next() switch
        {
            '\n' or EndOfFile => null,
            'n' => (byte)'\n',
            't' => (byte)'\t',
            'b' => (byte)'\b',
            '\\' => (byte)'\\',
            '"' => (byte)'"',
            _ => throw Fail("an unknown escape: only \\\\ \\\" \\n \\t \\b are known", line),
        };
    }

    private readonly string Decode(List<byte> text, int line)
    {
        byte[] raw = [.. text];
        if (raw.AsSpan().Contains((byte)0))
            throw Fail("a NUL byte", line);
        return Utf8.IsValid(raw) ? Encoding.UTF8.GetString(raw) : throw Fail("not UTF-8", line);
    }

    private readonly InvalidFormatException Fail(string problem, int? line = null) =>
        new(file, line ?? _line, problem, "the syntax is that of Git's configuration files");
}
