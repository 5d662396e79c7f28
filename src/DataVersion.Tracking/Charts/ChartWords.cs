using System.Globalization;
using System.Text;
using DataVersion.Objects;

namespace DataVersion.Tracking.Charts;

/// <summary>Names and labels, which may hold anything, as they can be shown: nothing invisible, not longer than there is room for.</summary>
internal static class ChartWords
{
    private const string Ellipsis = "…";

    /// <summary>A text in which only what can be seen is left, and only what XML takes (U+FFFE and U+FFFF it does not), for pictures and pages.</summary>
    public static string Clean(string text) => PathRules.Printable(text).Replace('\ufffe', '\ufffd').Replace('\uffff', '\ufffd');

    /// <summary>A text of at most so many cells; what was cut is shown by an ellipsis.</summary>
    public static string Cut(string text, int cells) => Cut(text, cells, Ellipsis);

    /// <summary>A text for a terminal; without Unicode, letters beyond ASCII are question marks.</summary>
    public static string Cut(string text, int cells, bool unicode)
    {
        string clean = Clean(text);
        return unicode ? Cut(clean, cells, Ellipsis) : Cut(Ascii(clean), cells, "~");
    }

    /// <summary>How many cells of a terminal a text takes.</summary>
    public static int Cells(string text) => text.EnumerateRunes().Sum(Cells);

    /// <summary>How many cells of a terminal a letter takes: none, one or two.</summary>
    public static int Cells(Rune rune)
    {
        if (rune.Value < 0x300)
            return 1;
        if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format)
            return 0;
        // East Asian wide and full-width letters, and emoji (Unicode, EastAsianWidth).
        return rune.Value is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0x303E) or (>= 0x3041 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3)
            or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6)
            or (>= 0x1F300 and <= 0x1F64F) or (>= 0x1F680 and <= 0x1F6FF) or (>= 0x1F900 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFD)
            ? 2
            : 1;
    }

    private static string Ascii(string text)
    {
        var ascii = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            ascii.Append(rune.IsAscii ? (char)rune.Value : '?');
        return ascii.ToString();
    }

    private static string Cut(string text, int cells, string mark)
    {
        if (Cells(text) <= cells)
            return text;
        var cut = new StringBuilder();
        int room = cells - 1;
        foreach (Rune rune in text.EnumerateRunes())
        {
            room -= Cells(rune);
            if (room < 0)
                break;
            cut.Append(rune.ToString());
        }
        return cells < 1 ? "" : cut.Append(mark).ToString();
    }
}
