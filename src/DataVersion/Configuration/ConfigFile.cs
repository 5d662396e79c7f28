using System.Text;
using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>
/// A configuration file in Git's syntax that can be edited without losing anything: an edit changes the bytes of its own line and
/// no others, so comments, order, spacing and line ends stay. Sections and keys ignore case, subsections do not. Not thread-safe.
/// </summary>
public sealed class ConfigFile
{
    /// <summary>Larger files are refused, in bytes.</summary>
    public const int MaxLength = 1 << 20;

    private byte[] _bytes = [];
    private List<ConfigNode> _nodes = [];

    private ConfigFile(string name) => Name = name;

    /// <summary>The name that errors show.</summary>
    public string Name { get; }

    /// <summary>Every entry in the order of the file; where a key is there more than once, the last one counts.</summary>
    public IReadOnlyList<ConfigEntry> Entries { get; private set; } = [];

    /// <summary>Reads a file's bytes.</summary>
    /// <exception cref="InvalidFormatException">The bytes do not follow the syntax, or there are more than <see cref="MaxLength"/>.</exception>
    public static ConfigFile Parse(ReadOnlySpan<byte> bytes, string name)
    {
        ConfigFile file = new(name);
        file.Accept(bytes.ToArray());
        return file;
    }

    /// <summary>The value of a key (the last one), or null. A key without <c>=</c> reads <c>true</c>.</summary>
    public string? Get(string section, string? subsection, string key) =>
        Find(section, subsection, key).LastOrDefault() is { } entry ? entry.Value?.Text ?? "true" : null;

    /// <summary>True where a section has a header, even an empty one.</summary>
    public bool HasSection(string section, string? subsection) => _nodes.Any(n => n is HeaderNode && n.IsOf(section, subsection));

    /// <summary>Sets a key: replaces its last value in place, or adds a line to its section, or adds the section at the end.</summary>
    /// <exception cref="ArgumentException">A name or value that the syntax cannot hold.</exception>
    public void Set(string section, string? subsection, string key, string value)
    {
        Check(ConfigSyntax.IsSection(section), section, nameof(section));
        Check(ConfigSyntax.IsSubsection(subsection), subsection, nameof(subsection));
        Check(ConfigSyntax.IsKey(key), key, nameof(key));
        Check(ConfigSyntax.IsValue(value), key, nameof(value));
        if (Find(section, subsection, key).LastOrDefault() is { } entry)
            Replace(entry, value);
        else
            Insert(section, subsection, $"{key} = {ConfigSyntax.Quote(value)}");
    }

    /// <summary>Removes every line of a key.</summary>
    /// <returns>False where there was none.</returns>
    public bool Unset(string section, string? subsection, string key)
    {
        List<Splice> cuts = [.. Find(section, subsection, key).Select(entry => Cut(entry.Start, entry.End))];
        Apply(cuts);
        return cuts.Count > 0;
    }

    /// <summary>Removes a section: its headers and all between each and its last entry. Comments after that stay.</summary>
    /// <returns>False where there was none.</returns>
    public bool RemoveSection(string section, string? subsection)
    {
        List<Splice> cuts = [];
        for (int i = 0; i < _nodes.Count; i++)
        {
            if (_nodes[i] is HeaderNode header && header.IsOf(section, subsection))
                cuts.Add(Cut(header.Start, _nodes[LastOfSection(i)].End));
        }
        Apply(cuts);
        return cuts.Count > 0;
    }

    /// <summary>Gives a section another name, wherever it has a header.</summary>
    /// <returns>False where there was none.</returns>
    /// <exception cref="ArgumentException">A name that the syntax cannot hold.</exception>
    public bool RenameSection(string section, string? subsection, string newSection, string? newSubsection)
    {
        Check(ConfigSyntax.IsSection(newSection), newSection, nameof(newSection));
        Check(ConfigSyntax.IsSubsection(newSubsection), newSubsection, nameof(newSubsection));
        string header = ConfigSyntax.Header(newSection, newSubsection);
        List<Splice> splices = [.. _nodes.Where(n => n is HeaderNode && n.IsOf(section, subsection)).Select(n => new Splice(n.Start, n.End, header))];
        Apply(splices);
        return splices.Count > 0;
    }

    /// <summary>The file's bytes: those it was read from, with the edits.</summary>
    public byte[] ToBytes() => [.. _bytes];

    private string LineEnd
    {
        get
        {
            int feed = Array.IndexOf(_bytes, (byte)'\n');
            return feed > 0 && _bytes[feed - 1] == '\r' ? "\r\n" : "\n";
        }
    }

    private IEnumerable<EntryNode> Find(string section, string? subsection, string key)
    {
        string name = ConfigSyntax.ToLower(key);
        return _nodes.OfType<EntryNode>().Where(e => e.Key == name && e.IsOf(section, subsection));
    }

    private int LastOfSection(int header)
    {
        int last = header;
        while (last + 1 < _nodes.Count && _nodes[last + 1] is EntryNode)
            last++;
        return last;
    }

    private void Replace(EntryNode entry, string value)
    {
        if (entry.Value?.Text == value)
            return;
        string text = ConfigSyntax.Quote(value);
        Apply(entry.Value switch
        {
            null => [new Splice(entry.KeyEnd, entry.End, $" = {text}")],
            { } old when old.Start == old.End => [new Splice(old.Start, old.End, $" {text}")],
            { } old => [new Splice(old.Start, old.End, text)],
        });
    }

    private void Insert(string section, string? subsection, string line)
    {
        int header = _nodes.FindLastIndex(n => n is HeaderNode && n.IsOf(section, subsection));
        if (header < 0)
        {
            string added = $"{ConfigSyntax.Header(section, subsection)}{LineEnd}\t{line}{LineEnd}";
            Apply([new Splice(_bytes.Length, _bytes.Length, LineBreakAtEnd() + added)]);
            return;
        }
        int last = LastOfSection(header);
        string text = (last == header ? "\t" : IndentOf(_nodes[last])) + line + LineEnd;
        int end = _nodes[last].End;
        int feed = Array.IndexOf(_bytes, (byte)'\n', end);
        bool sharesLine = last + 1 < _nodes.Count && (feed < 0 || _nodes[last + 1].Start < feed);
        Apply([sharesLine ? new Splice(end, end, LineEnd + text)
            : feed < 0 ? new Splice(_bytes.Length, _bytes.Length, LineBreakAtEnd() + text)
            : new Splice(feed + 1, feed + 1, text)]);
    }

    private string IndentOf(ConfigNode node)
    {
        string before = Encoding.UTF8.GetString(_bytes.AsSpan(LineStart(node.Start)..node.Start));
        return before.All(c => c is ' ' or '\t') ? before : "\t";
    }

    /// <summary>What ends the last line, so that what is appended begins a line of its own.</summary>
    private string LineBreakAtEnd()
    {
        if (_nodes.LastOrDefault() is EntryNode entry && entry.End == _bytes.Length)
        {
            // A backslash at the end of the file continues the value: one line feed would only be what it escapes.
            int slashes = entry.Value?.End == entry.End ? _bytes.Length - 1 - _bytes.AsSpan().LastIndexOfAnyExcept((byte)'\\') : 0;
            return slashes % 2 == 1 ? LineEnd + LineEnd : LineEnd;
        }
        return _bytes.Length <= LineStart(0) || _bytes[^1] == '\n' ? "" : LineEnd;
    }

    /// <summary>The removal of some bytes, and of the whole line where nothing else is on it.</summary>
    private Splice Cut(int start, int end)
    {
        int lineStart = start;
        while (lineStart > LineStart(start) && ConfigSyntax.IsSpace(_bytes[lineStart - 1]))
            lineStart--;
        int feed = Array.IndexOf(_bytes, (byte)'\n', end);
        int lineEnd = feed < 0 ? _bytes.Length : feed + 1;
        if (_nodes.Exists(n => n.Start >= end && n.Start < lineEnd))
            return new Splice(start, end, "");
        if (lineStart == LineStart(start))
            return new Splice(lineStart, lineEnd, "");
        return new Splice(lineStart, feed < 0 ? _bytes.Length : _bytes[feed - 1] == '\r' ? feed - 1 : feed, "");
    }

    /// <summary>Where the line of a byte begins; the first one begins after a byte order mark.</summary>
    private int LineStart(int position)
    {
        int first = _bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        return Math.Max(first, position == 0 ? 0 : Array.LastIndexOf(_bytes, (byte)'\n', position - 1) + 1);
    }

    private void Apply(List<Splice> splices)
    {
        if (splices.Count == 0)
            return;
        List<byte> bytes = [.. _bytes];
        foreach (Splice splice in splices.OrderByDescending(s => s.Start))
        {
            bytes.RemoveRange(splice.Start, splice.End - splice.Start);
            bytes.InsertRange(splice.Start, Encoding.UTF8.GetBytes(splice.Text));
        }
        Accept([.. bytes]);
    }

    private void Accept(byte[] bytes)
    {
        if (bytes.Length > MaxLength)
            throw new InvalidFormatException(Name, null, $"larger than {MaxLength} bytes");
        _nodes = new ConfigScanner(bytes, Name).Scan();
        _bytes = bytes;
        Entries = [.. _nodes.OfType<EntryNode>().Select(e => e.ToEntry())];
    }

    private static void Check(bool holds, string? what, string parameter)
    {
        if (!holds)
            throw new ArgumentException($"'{PathRules.Printable(what ?? "")}' cannot be written in a configuration file", parameter);
    }

    private readonly record struct Splice(int Start, int End, string Text);
}
