using System.Globalization;
using System.Text;

namespace DataVersion.Cli.Reporting;

/// <summary>Text that cannot move the cursor, recolour the terminal, fake another line or reverse what is read: control characters are escaped.</summary>
internal static class Printable
{
    internal static string Text(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
            if (IsHidden(rune))
                return Escape(text);
        return text;
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                _ when IsHidden(rune) => escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"),
                _ => escaped.Append(rune.ToString()),
            };
        }
        return escaped.ToString();
    }

    // Controls, line and paragraph separators, and the characters that turn the direction of writing. EnumerateRunes shows lone surrogates as U+FFFD.
    private static bool IsHidden(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0x200E or 0x200F or 0x061C;
}
