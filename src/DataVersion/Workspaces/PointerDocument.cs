using System.Globalization;
using System.Text;
using DataVersion.Hashing;

namespace DataVersion.Workspaces;

/// <summary>
/// A pointer file: reads it, and rewrites only the lines of values that changed, so that comments, order and line ends stay (docs/format.md, "Pointers").
/// </summary>
public sealed class PointerDocument
{
    private const string VersionKey = "dv";
    private static readonly string[] KnownKeys =
        [VersionKey, "type", "hash", "size", "files", "executable", "blocks", "remote", "description", "meta", "import"];

    private readonly string _text;
    private readonly bool _hasPreamble;
    private readonly string _file;
    private readonly IReadOnlyList<PointerField> _fields;

    private PointerDocument(string text, bool hasPreamble, string file, IReadOnlyList<PointerField> fields, Pointer pointer)
    {
        _text = text;
        _hasPreamble = hasPreamble;
        _file = file;
        _fields = fields;
        Pointer = pointer;
    }

    /// <summary>What the document says.</summary>
    public Pointer Pointer { get; }

    /// <summary>
    /// True where the bytes are those of a pointer rather than of data whose name ends in <c>.dv</c>: the first line is <c>dv: NUMBER</c>,
    /// or Git's conflict markers stand around it.
    /// </summary>
    public static bool LooksLikePointer(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(Encoding.UTF8.Preamble))
            start = start[3..];
        if (start.StartsWith("<<<<<<< "u8))
            return start.IndexOf("\ndv: "u8) >= 0 || start.IndexOf("\nhash: "u8) >= 0;
        int end = start.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = (end < 0 ? start : start[..end]).TrimEnd((byte)'\r');
        return line.StartsWith("dv: "u8) && line.Length is > 4 and < 16 && line[4..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
    }

    /// <summary>Reads a pointer file.</summary>
    /// <exception cref="InvalidFormatException">It is malformed, in conflict, or of a newer version.</exception>
    public static PointerDocument Parse(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes.Length > Pointer.MaxBytes)
            throw new InvalidFormatException(file, null, $"a pointer has at most {Pointer.MaxBytes} bytes");
        string text = PointerYaml.Decode(bytes, file);
        CheckFirstLines(text, file);
        IReadOnlyList<PointerField> fields = PointerYaml.ReadFields(text, file);
        return new PointerDocument(text, bytes.StartsWith(Encoding.UTF8.Preamble), file, fields, new PointerReader(fields, file).Read());
    }

    /// <summary>The bytes of a new pointer file.</summary>
    /// <exception cref="UsageException">The description is too long for a pointer.</exception>
    public static byte[] Write(Pointer pointer)
    {
        var text = new StringBuilder();
        foreach ((string key, string value) in Values(pointer))
            text.Append(CultureInfo.InvariantCulture, $"{key}: {value}\n");
        return Fitting(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>
    /// The document's bytes with <paramref name="changed"/>'s type, hash, size, files, executable, blocks and description; the rest of the file stays as it is.
    /// </summary>
    /// <exception cref="UsageException">The file has keys that this version does not know: they may depend on what would change; or a value of several lines would change.</exception>
    public byte[] Rewrite(Pointer changed)
    {
        if (_fields.FirstOrDefault(f => !KnownKeys.Contains(f.Key)) is { } unknown)
            throw new UsageException($"{_file}:{unknown.Line + 1}: '{unknown.Key}' is not known to this version of dv, so the file is not rewritten",
                "move the key below 'meta:', or use the version of dv that wrote it");
        Dictionary<string, string> wanted = Values(changed).ToDictionary(v => v.Key, v => v.Value);
        byte[] bytes = Encoding.UTF8.GetBytes(new PointerRewriter(_text, _file, _fields).Rewrite(wanted, changed.Description));
        return Fitting(_hasPreamble ? [.. Encoding.UTF8.Preamble, .. bytes] : bytes);
    }

    private static IEnumerable<(string Key, string Value)> Values(Pointer pointer)
    {
        yield return (VersionKey, "1");
        yield return ("type", pointer.IsDirectory ? "directory" : "file");
        yield return ("hash", pointer.Hash.ToString());
        yield return ("size", pointer.Size.ToString(CultureInfo.InvariantCulture));
        if (pointer.IsDirectory && pointer.Files is { } files)
            yield return ("files", files.ToString(CultureInfo.InvariantCulture));
        if (pointer.Executable)
            yield return ("executable", "true");
        if (!pointer.BlocksId.IsEmpty)
            yield return ("blocks", pointer.BlocksId.ToString());
        if (pointer.Remote is { } remote)
            yield return ("remote", PointerYaml.Quote(remote));
        if (pointer.Description is { } description)
            yield return ("description", PointerYaml.Quote(description));
    }

    private static byte[] Fitting(byte[] bytes) => bytes.Length <= Pointer.MaxBytes
        ? bytes
        : throw new UsageException($"a pointer has at most {Pointer.MaxBytes} bytes, and this one would have {bytes.Length}", "shorten the description");

    private static void CheckFirstLines(string text, string file)
    {
        string[] lines = text.Split('\n');
        int marker = Array.FindIndex(lines, l => l.StartsWith("<<<<<<< ", StringComparison.Ordinal));
        if (marker >= 0 && lines.Skip(marker).Any(l => l.StartsWith(">>>>>>> ", StringComparison.Ordinal)))
            throw new PointerConflictException(file, marker + 1);
        string first = lines[0].TrimEnd('\r');
        if (first == "dv: 1")
            return;
        throw LooksLikePointer(Encoding.UTF8.GetBytes(first)) && first[4] != '0'
            ? new InvalidFormatException(file, 1, $"format version {first[4..]} is newer than this version of dv can read", "update dv")
            : new InvalidFormatException(file, 1, "the first line of a pointer is 'dv: 1'");
    }
}
