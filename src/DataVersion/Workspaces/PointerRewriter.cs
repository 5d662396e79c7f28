namespace DataVersion.Workspaces;

/// <summary>Rewrites a pointer file: only the lines of values that changed, so that comments, order and line ends stay.</summary>
internal sealed class PointerRewriter
{
    private const string DescriptionKey = "description";
    private const string ExecutableKey = "executable";

    // In the order in which a new pointer has them: a key that appears is put behind the one before it.
    private static readonly string[] Keys = ["type", "hash", "size", "files", ExecutableKey, "blocks", DescriptionKey];

    private readonly string _file;
    private readonly IReadOnlyList<PointerField> _fields;
    private readonly List<string> _lines;
    private readonly string _lineEnd;

    /// <param name="text">The file's text; its lines end in LF or CRLF.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="fields">What was read from the text.</param>
    public PointerRewriter(string text, string file, IReadOnlyList<PointerField> fields)
    {
        _file = file;
        _fields = fields;
        _lines = [.. text.Split('\n').Select(line => line + "\n")];
        _lines[^1] = _lines[^1][..^1];
        _lineEnd = _lines[0].EndsWith("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
    }

    /// <summary>The new text.</summary>
    /// <param name="wanted">The value of each key as it is written; a key that is not there is removed.</param>
    /// <param name="description">The description as it is read.</param>
    /// <exception cref="UsageException">A value that takes several lines would change.</exception>
    public string Rewrite(IReadOnlyDictionary<string, string> wanted, string? description)
    {
        int last = 0;
        foreach (string key in Keys)
        {
            string? value = wanted.GetValueOrDefault(key);
            if (_fields.FirstOrDefault(f => f.Key == key) is not { } field)
            {
                if (value is not null)
                    Insert(last, $"{key}: {value}{_lineEnd}");
                continue;
            }
            // `executable: false` may be written out.
            string? meant = key == DescriptionKey ? description : key == ExecutableKey ? value ?? "false" : value;
            if (meant != field.Value)
                Change(field, value);
            if (value is not null)
                last = field.Line;
        }
        return string.Concat(_lines);
    }

    private void Insert(int after, string line)
    {
        string before = _lines[after];
        _lines[after] = before.EndsWith('\n') ? before + line : before + _lineEnd + line;
    }

    private void Change(PointerField field, string? value)
    {
        if (field.LastLine != field.Line)
            throw new UsageException($"{_file}:{field.Line + 1}: '{field.Key}' takes more than one line, and is not rewritten", "edit it by hand");
        string line = _lines[field.Line];
        // Where there was no value the colon needs its space.
        string space = field.Start > 0 && line[field.Start - 1] == ':' ? " " : "";
        _lines[field.Line] = value is null ? "" : $"{line.AsSpan(0, field.Start)}{space}{value}{line.AsSpan(field.End)}";
    }
}
