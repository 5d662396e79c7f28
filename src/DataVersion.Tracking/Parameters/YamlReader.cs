using System.Text;
using DataVersion.Objects;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DataVersion.Tracking.Parameters;

/// <summary>
/// Reads one YAML document from parser events. Anchors, aliases and tags are refused and the depth is bounded, so that what comes out is never larger than
/// what went in.
/// </summary>
internal sealed class YamlReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly string _file;
    private readonly Parser _parser;

    private YamlReader(string text, string file)
    {
        _file = file;
        _parser = new Parser(new StringReader(text));
    }

    private ParsingEvent Current => _parser.Current ?? throw new InvalidFormatException(_file, null, "not YAML: it ends too early");

    /// <summary>The document's root; null where there is none.</summary>
    /// <exception cref="InvalidFormatException">It is not one YAML document of the kind that is read here.</exception>
    public static YamlNode? Read(ReadOnlySpan<byte> utf8, string file)
    {
        var reader = new YamlReader(Decode(utf8, file), file);
        try
        {
            return reader.ReadStream();
        }
        catch (YamlException e)
        {
            throw new InvalidFormatException(file, Line(e.End), $"not YAML: {e.Message.ReplaceLineEndings(" ")}", inner: e);
        }
        catch (Exception e) when (e is not DataVersionException)
        {
            // The parser trips over some malformed text with errors that are its own.
            throw new InvalidFormatException(file, null, "not YAML", inner: e);
        }
    }

    private static string Decode(ReadOnlySpan<byte> utf8, string file)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[3..] : utf8);
        }
        catch (ArgumentException e)
        {
            throw new InvalidFormatException(file, null, "not UTF-8 text", inner: e);
        }
        // To the parser a NUL is the end: what follows would be passed over in silence.
        int control = text.AsSpan().IndexOfAnyInRange('\0', '\u0008');
        return control < 0
            ? text
            : throw new InvalidFormatException(file, text.AsSpan(0, control).Count('\n') + 1, $"a control character ({PathRules.Printable(text[control..(control + 1)])})");
    }

    private YamlNode? ReadStream()
    {
        Next();
        Next();
        if (Current is StreamEnd)
            return null;
        Next();
        YamlNode root = ReadNode(1);
        Next();
        return Current is StreamEnd ? root : throw Bad("one document is expected, here begins another");
    }

    /// <summary>From a node's first event to the event after its last.</summary>
    private YamlNode ReadNode(int depth)
    {
        ParsingEvent start = Current;
        int line = Line(start.Start);
        if (start is AnchorAlias || start is NodeEvent { Anchor.IsEmpty: false } or NodeEvent { Tag.IsEmpty: false })
            throw Bad("YAML anchors, aliases and tags are not read here");
        if (depth > ParameterRules.MaxDepth)
            throw Bad($"nested more than {ParameterRules.MaxDepth} deep");
        Next();
        switch (start)
        {
            case Scalar scalar:
                return new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, line);
            case SequenceStart:
                var list = new YamlList([], line);
                while (Current is not SequenceEnd)
                    list.Items.Add(ReadNode(depth + 1));
                Next();
                return list;
            case MappingStart:
                return ReadEntries(line, depth);
            default:
                throw new InvalidFormatException(_file, line, "not a mapping of names to values");
        }
    }

    private YamlMapping ReadEntries(int line, int depth)
    {
        var mapping = new YamlMapping([], line);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (Current is not MappingEnd)
        {
            if (ReadNode(depth + 1) is not YamlScalar key)
                throw new InvalidFormatException(_file, Line(Current.Start), "a name is a plain word");
            if (!keys.Add(key.Text))
                throw new InvalidFormatException(_file, key.Line, $"'{ParameterRules.Shown(key.Text)}' is there twice");
            mapping.Entries.Add((key.Text, key.Line, ReadNode(depth + 1)));
        }
        Next();
        return mapping;
    }

    private void Next() => _parser.MoveNext();

    private InvalidFormatException Bad(string problem) => new(_file, Line(Current.Start), problem);

    private static int Line(Mark mark) => Math.Max(1, (int)mark.Line);
}
