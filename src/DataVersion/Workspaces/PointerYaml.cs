using System.Globalization;
using System.Text;
using DataVersion.Objects;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DataVersion.Workspaces;

/// <summary>One top-level key of a pointer file, with the place of its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value of a scalar; null for a mapping or list.</param>
/// <param name="Line">The key's line, from 0.</param>
/// <param name="LastLine">The line where the value ends.</param>
/// <param name="Start">Column where the value starts, where it stands beside its key.</param>
/// <param name="End">Column after its end.</param>
internal sealed record PointerField(string Key, string? Value, int Line, int LastLine, int Start, int End);

/// <summary>
/// Reads the top level of a pointer file from YAML events: no object model, so that depth and size stay bounded, aliases are refused,
/// and the place of every value is known for rewriting.
/// </summary>
internal static class PointerYaml
{
    private const int MaxDepth = 32;
    // Words that some version of YAML reads as something else than text.
    private static readonly string[] NotText = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static string Decode(ReadOnlySpan<byte> bytes, string file)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes);
        }
        catch (ArgumentException e)
        {
            throw new InvalidFormatException(file, null, "not UTF-8 text", inner: e);
        }
        // To YAML a NUL is the end, and a lone CR, NEL, LS or PS ends a line: lines would not be those that an editor, Git or a rewrite sees.
        for (int i = 0; i < text.Length; i++)
        {
            bool isLineEnd = text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n';
            if (text[i] is not ('\n' or '\t') && !isLineEnd && (char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029'))
                throw new InvalidFormatException(file, text.AsSpan(0, i).Count('\n') + 1, $"a control character ({PathRules.Printable(text[i..(i + 1)])})");
        }
        return text;
    }

    /// <summary>
    /// A scalar on one line. Plain where every YAML reader takes it for that text; else in double quotes, with escapes for what cannot be seen.
    /// </summary>
    public static string Quote(string text)
    {
        if (text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            && !NotText.Contains(text, StringComparer.OrdinalIgnoreCase))
        {
            return text;
        }
        var quoted = new StringBuilder("\"", text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' or '\\' => quoted.Append('\\').Append(rune),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when IsVisible(rune) => quoted.Append(rune),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
            };
        }
        return quoted.Append('"').ToString();
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);

    public static IReadOnlyList<PointerField> ReadFields(string text, string file) => PlainPointer.TryReadFields(text) ?? Parse(text, file);

    /// <summary>Reads any YAML.</summary>
    internal static IReadOnlyList<PointerField> Parse(string text, string file)
    {
        var parser = new Parser(new StringReader(text));
        var fields = new List<PointerField>();
        try
        {
            Expect<StreamStart>(parser, file);
            Expect<DocumentStart>(parser, file);
            Expect<MappingStart>(parser, file);
            while (parser.MoveNext() && parser.Current is not MappingEnd)
                fields.Add(ReadField(parser, fields, file));
            Expect<DocumentEnd>(parser, file);
            Expect<StreamEnd>(parser, file);
        }
        catch (YamlException e)
        {
            throw new InvalidFormatException(file, Line(e.End), $"not YAML: {OneLine(e.Message)}", inner: e);
        }
        catch (Exception e) when (e is not DataVersionException)
        {
            // The parser trips over some malformed text with errors that are its own (InvalidOperationException on an odd "[{😀- - |").
            throw new InvalidFormatException(file, null, "not YAML", inner: e);
        }
        return fields;
    }

    private static PointerField ReadField(Parser parser, List<PointerField> fields, string file)
    {
        if (parser.Current is not Scalar { Anchor.IsEmpty: true, Tag.IsEmpty: true } key)
            throw Bad(file, parser.Current, "a key is a plain word");
        if (fields.Any(f => f.Key == key.Value))
            throw Bad(file, key, $"'{key.Value}' is there twice");
        parser.MoveNext();
        ParsingEvent start = parser.Current!;
        if (start is Scalar scalar)
        {
            CheckNode(file, scalar);
            return new PointerField(key.Value, scalar.Value, (int)key.Start.Line - 1, (int)scalar.End.Line - 1, (int)scalar.Start.Column - 1, (int)scalar.End.Column - 1);
        }
        SkipNode(parser, file);
        return new PointerField(key.Value, null, (int)key.Start.Line - 1, (int)parser.Current!.End.Line - 1, 0, 0);
    }

    private static void SkipNode(Parser parser, string file)
    {
        int depth = 0;
        do
        {
            ParsingEvent current = parser.Current!;
            if (current is NodeEvent node)
                CheckNode(file, node);
            if (current is AnchorAlias)
                throw Bad(file, current, "YAML aliases are not allowed");
            depth += current.NestingIncrease;
            if (depth > MaxDepth)
                throw Bad(file, current, $"nested more than {MaxDepth} deep");
        }
        while (depth > 0 && parser.MoveNext());
    }

    private static void CheckNode(string file, NodeEvent node)
    {
        if (!node.Anchor.IsEmpty || !node.Tag.IsEmpty)
            throw Bad(file, node, "YAML anchors and tags are not allowed");
    }

    private static void Expect<T>(Parser parser, string file) where T : ParsingEvent
    {
        if (!parser.MoveNext() || parser.Current is not T)
            throw Bad(file, parser.Current, typeof(T) == typeof(MappingStart) ? "not a mapping of keys to values" : "one document is expected");
    }

    private static InvalidFormatException Bad(string file, ParsingEvent? at, string problem) => new(file, at is null ? null : Line(at.Start), problem);

    private static int Line(Mark mark) => Math.Max(1, (int)mark.Line);

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
