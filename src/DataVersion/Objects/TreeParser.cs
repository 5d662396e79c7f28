using System.Globalization;
using System.Text;
using DataVersion.Hashing;

namespace DataVersion.Objects;

/// <summary>
/// Reads tree objects. Accepts exactly the bytes that <see cref="TreeFormat"/> would write, so that a tree has one id;
/// anything else is an <see cref="InvalidFormatException"/> of kind <see cref="ErrorKind.Corrupt"/> with its line.
/// </summary>
public ref struct TreeParser
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly string _source;
    private readonly HashKind _kind;
    private ReadOnlySpan<byte> _rest;
    private int _line;

    private TreeParser(ReadOnlySpan<byte> bytes, HashKind kind, string source)
    {
        _rest = bytes;
        _kind = kind;
        _source = source;
    }

    /// <summary>Reads a tree object.</summary>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="kind">The algorithm of the root: every id below uses it.</param>
    /// <param name="source">The tree's id or path, for messages.</param>
    /// <exception cref="InvalidFormatException">The bytes are not those of a tree.</exception>
    public static TreeObject Parse(ReadOnlySpan<byte> bytes, HashKind kind, string source)
    {
        var parser = new TreeParser(bytes, kind, source);
        if (bytes.Length > TreeLimits.MaxTreeBytes)
            throw parser.Bad($"larger than {TreeLimits.MaxTreeBytes} bytes");
        ReadOnlySpan<byte> header = parser.NextLine();
        if (header.SequenceEqual("dv-tree 1"u8))
            return new TreeObject(parser.ReadEntries(), null);
        if (header.SequenceEqual("dv-tree-parts 1"u8))
            return new TreeObject(null, parser.ReadParts());
        throw parser.Bad(header.StartsWith("dv-tree"u8) ? "a tree of a newer format version" : "not a tree");
    }

    private List<TreeEntry> ReadEntries()
    {
        var entries = new List<TreeEntry>();
        string? previous = null;
        while (!_rest.IsEmpty)
        {
            ReadOnlySpan<byte> line = NextLine();
            TreeEntry entry = ReadEntry(line);
            CheckOrder(previous, entry.Name);
            previous = entry.Name;
            entries.Add(entry);
        }
        return entries;
    }

    private List<TreePart> ReadParts()
    {
        var parts = new List<TreePart>();
        string? previous = null;
        while (!_rest.IsEmpty)
        {
            ReadOnlySpan<byte> line = NextLine();
            if (!Field(ref line).SequenceEqual("p"u8))
                throw Bad("a list of parts holds lines that begin with 'p'");
            var part = new TreePart(ReadNumber(Field(ref line)), ReadNumber(Field(ref line)), ReadId(Field(ref line)), ReadName(line));
            CheckOrder(previous, part.FirstName);
            previous = part.FirstName;
            parts.Add(part);
        }
        return parts.Count >= 2 ? parts : throw Bad("a list of parts has at least two");
    }

    private TreeEntry ReadEntry(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> letter = Field(ref line);
        TreeEntryKind kind = letter switch
        {
            [(byte)'f'] => TreeEntryKind.File,
            [(byte)'x'] => TreeEntryKind.Executable,
            [(byte)'l'] => TreeEntryKind.Link,
            [(byte)'d'] => TreeEntryKind.Directory,
            _ => throw Bad("an entry begins with f, x, l or d"),
        };
        long size = ReadNumber(Field(ref line));
        long files = kind == TreeEntryKind.Directory ? ReadNumber(Field(ref line)) : 1;
        ReadOnlySpan<byte> ids = Field(ref line);
        int plus = ids.IndexOf((byte)'+');
        ObjectId blocks = plus < 0 ? default : ReadHex(ids[(plus + 1)..]);
        ObjectId id = ReadId(plus < 0 ? ids : ids[..plus]);
        bool wantsBlocks = TreeFormat.HasBlockList(kind, size);
        if (wantsBlocks == blocks.IsEmpty)
            throw Bad(wantsBlocks ? "a file over 64 MiB has a block list" : "only a file over 64 MiB has a block list");
        if (kind == TreeEntryKind.Link && size is (0 or > TreeLimits.MaxLinkBytes))
            throw Bad($"a link's target has 1 to {TreeLimits.MaxLinkBytes} bytes");
        return new TreeEntry { Kind = kind, Name = ReadName(line), Id = id, Size = size, Files = files, BlocksId = blocks };
    }

    private ReadOnlySpan<byte> NextLine()
    {
        _line++;
        int end = _rest.IndexOf((byte)'\n');
        if (end < 0)
            throw Bad("the line has no end");
        ReadOnlySpan<byte> line = _rest[..end];
        _rest = _rest[(end + 1)..];
        return line;
    }

    private readonly ReadOnlySpan<byte> Field(ref ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        if (space < 0)
            throw Bad("a field is missing");
        ReadOnlySpan<byte> field = line[..space];
        line = line[(space + 1)..];
        return field;
    }

    private readonly long ReadNumber(ReadOnlySpan<byte> field)
    {
        // TryParse alone would take NULs behind the digits.
        bool canonical = field is [>= (byte)'1' and <= (byte)'9', ..] or [(byte)'0'] && field.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
        if (!canonical || !long.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            throw Bad("a size or count is a decimal number without leading zeros, below 2^63");
        return value;
    }

    private readonly ObjectId ReadId(ReadOnlySpan<byte> field)
    {
        string prefix = _kind.Name();
        if (field.Length <= prefix.Length || field[prefix.Length] != (byte)':' || !Ascii.Equals(field[..prefix.Length], prefix))
            throw Bad($"every id below a {prefix} root is a {prefix} id");
        return ReadHex(field[(prefix.Length + 1)..]);
    }

    private readonly ObjectId ReadHex(ReadOnlySpan<byte> hex)
    {
        Span<char> chars = stackalloc char[64];
        if (hex.Length > chars.Length || Ascii.ToUtf16(hex, chars, out int written) != System.Buffers.OperationStatus.Done
            || !ObjectId.TryParseHex(_kind, chars[..written], out ObjectId id))
        {
            throw Bad("not a digest in lower-case hex");
        }
        return id;
    }

    private readonly string ReadName(ReadOnlySpan<byte> escaped)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(escaped);
        }
        catch (ArgumentException e)
        {
            throw Bad("a name is not UTF-8", e);
        }
        string name = text.Contains('\\') ? Unescape(text) : text;
        if (text.Contains('\r'))
            throw Bad("a carriage return in a name is written \\r");
        try
        {
            PathRules.CheckName(name, name);
        }
        catch (UnsafePathException e)
        {
            throw Bad(e.Message, e);
        }
        return name;
    }

    private readonly string Unescape(string text)
    {
        var name = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                name.Append(text[i]);
                continue;
            }
            name.Append((++i < text.Length ? text[i] : '\0') switch
            {
                '\\' => '\\',
                'n' => '\n',
                'r' => '\r',
                _ => throw Bad(@"in a name, \ is followed by \, n or r"),
            });
        }
        return name.ToString();
    }

    private readonly void CheckOrder(string? previous, string name)
    {
        int order = previous is null ? -1 : Utf8NameComparer.Instance.Compare(previous, name);
        if (order >= 0)
            throw Bad(order == 0 ? $"'{PathRules.Printable(name)}' is there twice" : $"'{PathRules.Printable(name)}' is out of order");
    }

    private readonly InvalidFormatException Bad(string problem, Exception? inner = null) =>
        new(_source, Math.Max(_line, 1), problem, null, ErrorKind.Corrupt, inner);
}
