using System.Buffers;
using System.Globalization;
using System.Text;
using DataVersion.Hashing;

namespace DataVersion.Objects;

/// <summary>
/// The lines of one of our text formats: LF ends each, one space separates fields. Whatever a writer would not have written is an
/// <see cref="InvalidFormatException"/> of kind <see cref="ErrorKind.Corrupt"/> with its line.
/// </summary>
internal ref struct StrictLines
{
    private readonly string _source;
    private ReadOnlySpan<byte> _rest;
    private int _line;

    /// <param name="bytes">The whole text.</param>
    /// <param name="source">What it is, for messages.</param>
    public StrictLines(ReadOnlySpan<byte> bytes, string source)
    {
        _rest = bytes;
        _source = source;
    }

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Bytes that were not read yet.</summary>
    public readonly int Left => _rest.Length;

    public ReadOnlySpan<byte> Next()
    {
        _line++;
        int end = _rest.IndexOf((byte)'\n');
        if (end < 0)
            throw Bad("the line has no end");
        ReadOnlySpan<byte> line = _rest[..end];
        _rest = _rest[(end + 1)..];
        return line;
    }

    /// <summary>Takes a field and the space behind it off a line.</summary>
    public readonly ReadOnlySpan<byte> Field(ref ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        if (space < 0)
            throw Bad("a field is missing");
        ReadOnlySpan<byte> field = line[..space];
        line = line[(space + 1)..];
        return field;
    }

    public readonly long Number(ReadOnlySpan<byte> field)
    {
        // TryParse alone would take NULs behind the digits.
        bool canonical = field is [>= (byte)'1' and <= (byte)'9', ..] or [(byte)'0'] && field.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
        if (!canonical || !long.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            throw Bad("a size or count is a decimal number without leading zeros, below 2^63");
        return value;
    }

    /// <summary>A number of at most <paramref name="most"/>.</summary>
    public readonly int Number(ReadOnlySpan<byte> field, int most) =>
        Number(field) is var value && value <= most ? (int)value : throw Bad($"{value} is more than {most}");

    /// <summary>An id of any algorithm.</summary>
    public readonly ObjectId Id(ReadOnlySpan<byte> field)
    {
        Span<char> chars = stackalloc char[80];
        if (field.Length > chars.Length || Ascii.ToUtf16(field, chars, out int written) != OperationStatus.Done || !ObjectId.TryParse(chars[..written], out ObjectId id))
            throw Bad("not an id");
        return id;
    }

    /// <summary>A digest without its algorithm.</summary>
    public readonly ObjectId Hex(HashKind kind, ReadOnlySpan<byte> field)
    {
        Span<char> chars = stackalloc char[64];
        if (field.Length > chars.Length || Ascii.ToUtf16(field, chars, out int written) != OperationStatus.Done
            || !ObjectId.TryParseHex(kind, chars[..written], out ObjectId id))
        {
            throw Bad("not a digest in lower-case hex");
        }
        return id;
    }

    public readonly InvalidFormatException Bad(string problem, Exception? inner = null) =>
        new(_source, Math.Max(_line, 1), problem, null, ErrorKind.Corrupt, inner);
}
