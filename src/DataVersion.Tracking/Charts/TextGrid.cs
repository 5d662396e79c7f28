using System.Globalization;
using System.Text;

namespace DataVersion.Tracking.Charts;

/// <summary>The cells of a picture in a terminal. What is written outside is not there, so a picture never grows.</summary>
internal sealed class TextGrid
{
    private const int NoColour = -1;

    private readonly string[,] _cells;
    private readonly int[,] _colours;

    public TextGrid(int width, int height)
    {
        (Width, Height) = (width, height);
        _cells = new string[height, width];
        _colours = new int[height, width];
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
                (_cells[row, column], _colours[row, column]) = (" ", NoColour);
        }
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Sets one cell.</summary>
    public void Set(int column, int row, char letter, int? colour = null)
    {
        if (column >= 0 && column < Width && row >= 0 && row < Height)
            (_cells[row, column], _colours[row, column]) = (letter.ToString(), colour ?? NoColour);
    }

    /// <summary>Writes a text from a cell on; a wide letter takes two, and is left out where only one is left.</summary>
    public void Write(int column, int row, string text, int? colour = null)
    {
        if (row < 0 || row >= Height || column < 0)
            return;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int cells = ChartWords.Cells(rune);
            if (column + cells > Width)
                return;
            if (cells == 0)
            {
                if (column > 0)
                    _cells[row, column - 1] += rune.ToString();
                continue;
            }
            (_cells[row, column], _colours[row, column]) = (rune.ToString(), colour ?? NoColour);
            if (cells == 2)
                (_cells[row, column + 1], _colours[row, column + 1]) = ("", colour ?? NoColour);
            column += cells;
        }
    }

    /// <summary>The lines, each as wide as the grid and ended by LF; colours as of terminals with 256 of them.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int row = 0; row < Height; row++)
        {
            int current = NoColour;
            for (int column = 0; column < Width; column++)
            {
                int wanted = _cells[row, column] == " " ? current : _colours[row, column];
                if (wanted != current)
                    text.Append(wanted == NoColour ? "\e[39m" : string.Create(CultureInfo.InvariantCulture, $"\e[38;5;{wanted}m"));
                current = wanted;
                text.Append(_cells[row, column]);
            }
            text.Append(current == NoColour ? "\n" : "\e[39m\n");
        }
        return text.ToString();
    }
}
