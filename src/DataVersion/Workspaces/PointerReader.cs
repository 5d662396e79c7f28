using System.Globalization;
using DataVersion.Hashing;

namespace DataVersion.Workspaces;

/// <summary>Turns the fields of a pointer file into a <see cref="Pointer"/>, naming the line of whatever is wrong.</summary>
internal sealed class PointerReader(IReadOnlyList<PointerField> fields, string file)
{
    // More files than any file system holds: a pointer that claims them is hostile, and its trees are walked by nobody.
    private const long MaxFiles = 1_000_000_000;

    public Pointer Read()
    {
        if (Required("dv") != "1")
            throw Bad("dv", "is 1");
        string type = Required("type");
        if (type is not ("file" or "directory"))
            throw Bad("type", "is 'file' or 'directory'");
        bool isDirectory = type == "directory";
        ObjectId hash = ReadId("hash", Required("hash"));
        long size = ReadNumber("size", Required("size"), long.MaxValue);
        ObjectId blocks = Optional("blocks") is { } blocksText ? ReadId("blocks", blocksText) : default;
        if (!blocks.IsEmpty && (isDirectory || size <= BlockHasher.Threshold || blocks.Kind != hash.Kind))
            throw Bad("blocks", "belongs to a file over 64 MiB and uses the algorithm of 'hash'");
        long? files = Optional("files") is { } filesText ? ReadNumber("files", filesText, MaxFiles) : null;
        if (isDirectory != files.HasValue)
            throw files.HasValue ? Bad("files", "belongs to a directory") : new InvalidFormatException(file, null, "'files' is missing");
        bool executable = Optional("executable") switch
        {
            null or "false" => false,
            "true" when !isDirectory => true,
            _ => throw Bad("executable", "is 'true' or 'false', and belongs to a file"),
        };
        return new Pointer
        {
            IsDirectory = isDirectory,
            Hash = hash,
            Size = size,
            Files = files,
            Executable = executable,
            BlocksId = blocks,
            Remote = Optional("remote"),
            Description = Optional("description"),
        };
    }

    private string Required(string key) => Optional(key) ?? throw new InvalidFormatException(file, null, $"'{key}' is missing");

    private string? Optional(string key)
    {
        PointerField? field = fields.FirstOrDefault(f => f.Key == key);
        if (field is null)
            return null;
        if (field.Value is null || (field.Line != field.LastLine && key != "description"))
            throw Bad(key, "is a value on one line");
        return field.Value;
    }

    private ObjectId ReadId(string key, string text) =>
        ObjectId.TryParse(text, out ObjectId id) ? id : throw Bad(key, "is an object id such as sha256:9f86… in lower-case hex");

    private long ReadNumber(string key, string text, long limit) =>
        // TryParse alone would take NULs behind the digits.
        text.All(char.IsAsciiDigit) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value <= limit
            && (text == "0" || text[0] != '0')
            ? value
            : throw Bad(key, $"is a whole number from 0 to {limit}");

    private InvalidFormatException Bad(string key, string problem) =>
        new(file, fields.FirstOrDefault(f => f.Key == key)?.Line + 1, $"'{key}' {problem}");
}

/// <summary>Git left its conflict markers in a pointer.</summary>
public sealed class PointerConflictException(string file, int line)
    : DataVersionException(ErrorKind.Usage, $"{file}:{line}: Git's conflict markers are in this pointer",
        $"choose a side with: git checkout --ours|--theirs -- '{file}', then: git add '{file}'")
{
    /// <summary>The pointer file.</summary>
    public string File { get; } = file;
}
