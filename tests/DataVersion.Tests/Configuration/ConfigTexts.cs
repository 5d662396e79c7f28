using FsCheck;
using FsCheck.Fluent;

namespace DataVersion.Tests.Configuration;

/// <summary>Generated configuration files and their parts.</summary>
internal static class ConfigTexts
{
    private static readonly Gen<string> Word = Gen.Elements("a", "Core", "jobs", "x-1", "remote", "URL");

    private static readonly Gen<string> Piece = Gen.Elements(
        "a", "Z", "é", "𝄞", " ", "  ", ";", "#", "\"", "\\", "\n", "\t", "\b", "=", "[", "]", ".", "'", "\u0001", "\r", "\v", "0");

    /// <summary>Values: everything that the syntax must escape or quote, and what it must not.</summary>
    public static readonly Gen<string> Value = Pieces(Piece, 8);

    public static readonly Gen<string> Subsection = Pieces(Gen.Elements("a", "B", ".", " ", "\"", "\\", "é", "]", "#", "\t", "\r", "[", "="), 5);

    public static readonly Gen<string> Key = Gen.Elements("url", "Jobs", "x-1", "a", "b");

    public static readonly Gen<string> Section = Gen.Elements("core", "Remote", "a-b", "cache");

    /// <summary>Values as a person writes them: bare, quoted, continued, followed by comments. No bare tab or CR inside: Git's versions differ on them.</summary>
    private static readonly Gen<string> Written = Pieces(
        Gen.Elements("a", "b c", " ", "  ", "\"q ;# q\"", "\"\"", "\\\"", "\\\\", "\\n", "\\t", "\\b", "\\\n", "\\\r\n", "é", "=", "[x]", "'", "\"a\\\nb\""), 6);

    private static readonly Gen<string> Comment = Gen.Elements("", "", " # note", ";note \\", " # \"", "\t; [core]");

    private static readonly Gen<string> Space = Gen.Elements("", " ", "\t", "  ");

    private static readonly Gen<string> Feed = Gen.Elements("\n", "\n", "\r\n");

    private static readonly Gen<string> Header = Gen.OneOf(
        Word.Select(w => $"[{w}]"),
        from w in Word from s in Word select $"[{w}.{s}]",
        from w in Word from s in Gen.Elements("x", "X y", "a.b", "q\\\"", "b\\\\", "é", "", "]", "#;") select $"[{w} \"{s}\"]");

    private static readonly Gen<string> Line = Gen.Frequency(
        (3, from indent in Space from k in Word from s in Space from t in Space from v in Written from c in Comment select $"{indent}{k}{s}={t}{v}{c}"),
        (1, from indent in Space from k in Word from s in Space select $"{indent}{k}{s}"),
        (1, from indent in Space from c in Comment select indent + c),
        (2, from indent in Space from h in Header from c in Comment select indent + h + c),
        (1, from h in Header from g in Header from k in Word from v in Written select $"{h} {g}{k} = {v}"));

    /// <summary>Whole files that are mostly, but not always, well formed.</summary>
    public static readonly Gen<string> File =
        from mark in Gen.Frequency((5, Gen.Constant("")), (1, Gen.Constant("\uFEFF")))
        from header in Header
        from lines in (from l in Line from f in Feed select l + f).ListOf()
        from last in Gen.Frequency((1, Line), (2, Gen.Constant("")))
        select $"{mark}{header}\n{string.Concat(lines)}{last}";

    /// <summary>Bytes that look like a configuration for a while.</summary>
    public static readonly Gen<byte[]> Bytes = Gen.OneOf(
        Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(),
        Gen.Elements("[\"]=\\\n\r\t #;ab.\0é\u00ff-1"u8.ToArray()).ArrayOf(),
        from text in File from at in Gen.Choose(0, 10_000) from b in Gen.Choose(0, 255) select Spoil(text, at, (byte)b));

    private static byte[] Spoil(string text, int at, byte b)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        bytes[at % bytes.Length] = b;
        return bytes;
    }

    private static Gen<string> Pieces(Gen<string> piece, int most) =>
        from count in Gen.Choose(0, most) from pieces in piece.ListOf(count) select string.Concat(pieces);
}
