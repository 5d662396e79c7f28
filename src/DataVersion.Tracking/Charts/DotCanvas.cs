namespace DataVersion.Tracking.Charts;

/// <summary>
/// Dots in a part of a grid: two by four in each cell as Braille patterns (Unicode block U+2800), or one letter in each cell.
/// </summary>
/// <param name="grid">The grid.</param>
/// <param name="corner">Column and row of the upper left cell.</param>
/// <param name="cells">Columns and rows.</param>
/// <param name="braille">True for dots, false for letters.</param>
internal sealed class DotCanvas(TextGrid grid, (int Column, int Row) corner, (int Columns, int Rows) cells, bool braille)
{
    private const char Blank = '\u2800';
    private static readonly int[,] Bits = { { 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 } };

    private readonly int[,] _dots = new int[cells.Columns, cells.Rows];

    public int Width => cells.Columns * (braille ? 2 : 1);

    public int Height => cells.Rows * (braille ? 4 : 1);

    /// <summary>Draws the pieces of a series.</summary>
    /// <param name="pieces">From <see cref="SeriesLines"/>, in dots.</param>
    /// <param name="series">Which one, for its letter and its pattern.</param>
    /// <param name="colour">Its colour; null for none.</param>
    /// <param name="dashed">True to tell it from others by its pattern.</param>
    public void Draw(List<List<(double X, double Y)>> pieces, int series, int? colour, bool dashed)
    {
        foreach (List<(double X, double Y)> piece in pieces)
        {
            int drawn = 0;
            (int X, int Y) last = Round(piece[0]);
            if (piece.Count == 1)
                DrawPoint(last, series, colour);
            foreach ((double X, double Y) point in piece.Skip(1))
            {
                (int X, int Y) next = Round(point);
                foreach ((int X, int Y) dot in Between(last, next).Skip(drawn > 0 ? 1 : 0))
                {
                    if (!dashed || !braille || ChartStyle.IsOn(series, drawn))
                        Set(dot.X, dot.Y, series, colour);
                    drawn++;
                }
                last = next;
            }
        }
    }

    private void DrawPoint((int X, int Y) at, int series, int? colour)
    {
        // One dot is hard to see.
        int size = braille ? 2 : 1;
        for (int x = 0; x < size; x++)
        {
            for (int y = 0; y < size; y++)
                Set(Math.Min(at.X + x, Width - 1), Math.Min(at.Y + y, Height - 1), series, colour);
        }
    }

    private void Set(int x, int y, int series, int? colour)
    {
        (int column, int row) = braille ? (x / 2, y / 4) : (x, y);
        char letter = braille ? (char)(Blank | (_dots[column, row] |= Bits[x % 2, y % 4])) : ChartStyle.Letter(series);
        grid.Set(corner.Column + column, corner.Row + row, letter, colour);
    }

    private static (int X, int Y) Round((double X, double Y) point) => ((int)Math.Round(point.X), (int)Math.Round(point.Y));

    /// <summary>The dots of a straight line, both ends included.</summary>
    private static IEnumerable<(int X, int Y)> Between((int X, int Y) from, (int X, int Y) to)
    {
        int steps = Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y));
        for (int i = 0; i <= steps; i++)
        {
            double part = steps == 0 ? 0 : (double)i / steps;
            yield return ((int)Math.Round(from.X + ((to.X - from.X) * part)), (int)Math.Round(from.Y + ((to.Y - from.Y) * part)));
        }
    }
}
