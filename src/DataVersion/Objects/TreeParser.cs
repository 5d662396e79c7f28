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

    private readonly HashKind _kind;
    private StrictLines _lines;

    private TreeParser(ReadOnlySpan<byte> bytes, HashKind kind, string source)
    {
        _lines = new StrictLines(bytes, source);
        _kind = kind;
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
        ReadOnlySpan<byte> header = parser._lines.Next();
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
        while (!_lines.AtEnd)
        {
            ReadOnlySpan<byte> line = _lines.Next();
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
        while (!_lines.AtEnd)
        {
            ReadOnlySpan<byte> line = _lines.Next();
            if (!_lines.Field(ref line).SequenceEqual("p"u8))
                throw Bad("a list of parts holds lines that begin with 'p'");
            var part = new TreePart(_lines.Number(_lines.Field(ref line)), _lines.Number(_lines.Field(ref line)), ReadId(_lines.Field(ref line)), ReadName(line));
            CheckOrder(previous, part.FirstName);
            previous = part.FirstName;
            parts.Add(part);
        }
        return parts.Count >= 2 ? parts : throw Bad("a list of parts has at least two");
    }

    private TreeEntry ReadEntry(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> letter = _lines.Field(ref line);
        TreeEntryKind kind = letter switch
        {
            [(byte)'f'] => TreeEntryKind.File,
            [(byte)'x'] => TreeEntryKind.Executable,
            [(byte)'l'] => TreeEntryKind.Link,
            [(byte)'d'] => TreeEntryKind.Directory,
            _ => throw Bad("an entry begins with f, x, l or d"),
        };
        long size = _lines.Number(_lines.Field(ref line));
        long files = kind == TreeEntryKind.Directory ? _lines.Number(_lines.Field(ref line)) : 1;
        ReadOnlySpan<byte> ids = _lines.Field(ref line);
        int plus = ids.IndexOf((byte)'+');
        ObjectId blocks = plus < 0 ? default : _lines.Hex(_kind, ids[(plus + 1)..]);
        ObjectId id = ReadId(plus < 0 ? ids : ids[..plus]);
        bool wantsBlocks = TreeFormat.HasBlockList(kind, size);
        if (wantsBlocks == blocks.IsEmpty)
            throw Bad(wantsBlocks ? "a file over 64 MiB has a block list" : "only a file over 64 MiB has a block list");
        if (kind == TreeEntryKind.Link && size is (0 or > TreeLimits.MaxLinkBytes))
            throw Bad($"a link's target has 1 to {TreeLimits.MaxLinkBytes} bytes");
        return new TreeEntry { Kind = kind, Name = ReadName(line), Id = id, Size = size, Files = files, BlocksId = blocks };
    }

    private readonly ObjectId ReadId(ReadOnlySpan<byte> field)
    {
        string prefix = _kind.Name();
        if (field.Length <= prefix.Length || field[prefix.Length] != (byte)':' || !Ascii.Equals(field[..prefix.Length], prefix))
            throw Bad($"every id below a {prefix} root is a {prefix} id");
        return _lines.Hex(_kind, field[(prefix.Length + 1)..]);
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

    private readonly InvalidFormatException Bad(string problem, Exception? inner = null) => _lines.Bad(problem, inner);
}
