namespace DataVersion.Tracking.Charts;

/// <summary>A chart in a terminal: lines of Braille dots, or of letters where the terminal has only ASCII.</summary>
public static class ChartText
{
    /// <summary>Draws a chart.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="width">How many cells each line has, exactly.</param>
    /// <param name="height">How many lines there are, exactly. What there is no room for is left out: first the label of the x axis, then the legend, the title, the axes.</param>
    /// <param name="unicode">True for Braille dots, false for ASCII alone.</param>
    /// <param name="colour">True to tell lines apart by the colours of a terminal (256 of them), false by patterns of dashes.</param>
    /// <returns>The lines, each ended by LF.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The width or the height is less than 1, or more than any terminal has.</exception>
    public static string Write(Chart chart, int width, int height, bool unicode, bool colour)
    {
        const int MaxWidth = 2000, MaxHeight = 1000;
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, MaxWidth);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, MaxHeight);
        var grid = new TextGrid(width, height);
        new TextChart(chart, grid, unicode, colour).Draw();
        return grid.ToString();
    }
}
