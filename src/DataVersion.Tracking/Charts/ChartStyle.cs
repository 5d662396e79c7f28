using System.Globalization;
using System.Text;

namespace DataVersion.Tracking.Charts;

/// <summary>
/// Colours that people who see fewer colours tell apart too (Okabe and Ito, "Color Universal Design"), for light and dark pages and for terminals, and
/// patterns of dashes for those who see none. Seven colours and four patterns share no factor, so 28 lines differ.
/// </summary>
internal static class ChartStyle
{
    /// <summary>Lines with a name in the legend; the rest are counted there.</summary>
    public const int MaxNamed = 20;

    /// <summary>Cells, or letters, of a name in the legend.</summary>
    public const int MaxName = 32;

    // Orange and yellow hardly show on white, black does not on black: each page has its own shade.
    private static readonly (string Light, string Dark, int Terminal)[] Colours =
    [
        ("#0072b2", "#56a8e0", 32),
        ("#d55e00", "#ff8533", 166),
        ("#009e73", "#2bc79a", 36),
        ("#cc79a7", "#e59cc4", 175),
        ("#c88600", "#f0b83c", 214),
        ("#46a6dd", "#8fd0f5", 117),
        ("#5c5c5c", "#d0d0d0", 250),
    ];

    // On, off, on, off: in pixels of a picture, and in dots of a terminal.
    private static readonly int[][] Dashes = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
    private static readonly int[][] TerminalDashes = [[], [4, 3], [1, 2], [5, 2, 1, 2]];

    // Without dots, each line has a letter of its own.
    private const string Letters = "*+xo#@%&";

    public static int Terminal(int series) => Colours[series % Colours.Length].Terminal;

    public static char Letter(int series) => Letters[series % Letters.Length];

    /// <summary>Whether the n-th dot of a line is drawn, where lines have no colours.</summary>
    public static bool IsOn(int series, int dot)
    {
        int[] dashes = TerminalDashes[series % TerminalDashes.Length];
        if (dashes.Length == 0)
            return true;
        int rest = dot % dashes.Sum();
        for (int i = 0; ; i++)
        {
            if (rest < dashes[i])
                return i % 2 == 0;
            rest -= dashes[i];
        }
    }

    /// <summary>The names of a series' style classes.</summary>
    public static string Classes(int series) =>
        string.Create(CultureInfo.InvariantCulture, $"c{series % Colours.Length} d{series % Dashes.Length}");

    /// <summary>The style of pictures, for light and dark pages.</summary>
    public static string Css()
    {
        var css = new StringBuilder();
        css.Append(".dv text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#555}");
        css.Append(".dv .t{font-size:14px;font-weight:600;fill:#1a1a1a}.dv .n{fill:#1a1a1a}");
        css.Append(".dv .b{fill:#fff}.dv .g{stroke:#e4e4e4;stroke-width:1}.dv .a{stroke:#888;stroke-width:1}");
        css.Append(".dv .l{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:butt}.dv .p{stroke:none}\n");
        for (int i = 0; i < Dashes.Length; i++)
        {
            if (Dashes[i].Length > 0)
                css.Append(CultureInfo.InvariantCulture, $".dv .d{i}{{stroke-dasharray:{string.Join(' ', Dashes[i])}}}");
        }
        AppendColours(css.Append('\n'), Colours.Select(c => c.Light));
        css.Append("\n@media (prefers-color-scheme:dark){.dv text{fill:#aaa}.dv .t,.dv .n{fill:#eee}.dv .b{fill:#16181c}.dv .g{stroke:#30343a}.dv .a{stroke:#777}\n");
        AppendColours(css, Colours.Select(c => c.Dark));
        return css.Append("}\n").ToString();
    }

    private static void AppendColours(StringBuilder css, IEnumerable<string> colours)
    {
        foreach ((int i, string colour) in colours.Index())
            css.Append(CultureInfo.InvariantCulture, $".dv .l.c{i}{{stroke:{colour}}}.dv .p.c{i}{{fill:{colour}}}");
    }
}
