using System.Globalization;

namespace DataVersion.Tracking.Charts;

/// <summary>Draws one chart into a grid of a terminal.</summary>
internal sealed class TextChart(Chart chart, TextGrid grid, bool unicode, bool colour)
{
    private const int Sample = 5, Between = 2, MinColumns = 8;

    private int _left, _top, _columns, _rows;

    private char Vertical => unicode ? '│' : '|';

    private char Horizontal => unicode ? '─' : '-';

    public void Draw()
    {
        List<List<(double X, double Y)>> lines = SeriesLines.Clean(chart);
        List<List<(int Series, string Name)>> legend = grid.Height >= 7 ? FlowLegend() : [];
        bool title = grid.Height > 4, axes = grid.Height >= 4, label = grid.Height >= 10 && chart.XLabel.Length > 0;
        _top = title ? 1 : 0;
        _rows = Math.Max(1, grid.Height - _top - (axes ? 2 : 0) - (label ? 1 : 0) - legend.Count);
        Axis y = chart.LogScale
            ? Axis.Logarithmic(Values(lines), Math.Max(2, _rows / 2))
            : Axis.Linear(Values(lines), Math.Max(1, _rows / 4), rounded: true);
        int labels = y.Ticks.Count == 0 ? 0 : y.Ticks.Max(t => t.Text.Length) + 1;
        _left = !axes || grid.Width < MinColumns ? 0 : grid.Width - labels - 1 < MinColumns ? 1 : labels + 1;
        _columns = Math.Max(1, grid.Width - _left);
        Axis x = Axis.Linear(lines.SelectMany(l => l).Select(p => p.X), Math.Max(2, _columns / 14), rounded: false);

        if (title)
            grid.Write(0, 0, ChartWords.Cut(Title(), grid.Width, unicode));
        if (axes)
            DrawAxes(x, y, labels);
        var canvas = new DotCanvas(grid, (_left, _top), (_columns, _rows), unicode);
        foreach ((int i, List<(double X, double Y)> line) in lines.Index())
            canvas.Draw(SeriesLines.Draw(line, x, y, canvas.Width - 1, canvas.Height - 1), i, Colour(i), dashed: !colour && lines.Count > 1);
        if (!Values(lines).Any())
            WriteCentred(_top + (_rows / 2), "no values");
        if (label)
            WriteCentred(_top + _rows + 2, chart.XLabel);
        DrawLegend(legend);
    }

    private static IEnumerable<double> Values(List<List<(double X, double Y)>> lines) => lines.SelectMany(l => l).Select(p => p.Y).Where(v => !double.IsNaN(v));

    private string Title() => chart.YLabel.Length == 0 || chart.YLabel == chart.Title ? chart.Title : $"{chart.Title} ({chart.YLabel})";

    private int? Colour(int series) => colour ? ChartStyle.Terminal(series) : null;

    private void WriteCentred(int row, string text)
    {
        string cut = ChartWords.Cut(text, _columns, unicode);
        grid.Write(_left + ((_columns - ChartWords.Cells(cut)) / 2), row, cut);
    }

    private void DrawAxes(Axis x, Axis y, int labels)
    {
        int bottom = _top + _rows;
        for (int row = _top; row < bottom && _left > 0; row++)
            grid.Set(_left - 1, row, Vertical);
        if (_left > 1)
            DrawMarks(y, labels);
        for (int column = _left; column < grid.Width; column++)
            grid.Set(column, bottom, Horizontal);
        if (_left > 0)
            grid.Set(_left - 1, bottom, unicode ? '└' : '+');
        int free = 0;
        foreach (Tick tick in x.Ticks)
        {
            int column = _left + (int)Math.Round(x.At(tick.Value) * (_columns - 1));
            int start = Math.Clamp(column - (tick.Text.Length / 2), 0, Math.Max(0, grid.Width - tick.Text.Length));
            if (start < free || tick.Text.Length > grid.Width)
                continue;
            grid.Set(column, bottom, unicode ? '┬' : '+');
            grid.Write(start, bottom + 1, tick.Text);
            free = start + tick.Text.Length + 1;
        }
    }

    private void DrawMarks(Axis y, int labels)
    {
        int last = int.MaxValue;
        foreach (Tick tick in y.Ticks)
        {
            int row = _top + Math.Min(_rows - 1, (int)((1 - y.At(tick.Value)) * _rows));
            if (row >= last)
                continue;
            grid.Write(labels - 1 - tick.Text.Length, row, tick.Text);
            grid.Set(_left - 1, row, unicode ? '┤' : '+');
            last = row;
        }
    }

    /// <summary>Which names stand in which row; a series of -1 stands for those that are not named.</summary>
    private List<List<(int Series, string Name)>> FlowLegend()
    {
        var rows = new List<List<(int Series, string Name)>>();
        int free = 0, named = 0, maxRows = Math.Max(1, grid.Height / 5);
        int mark = unicode ? Sample : 1;
        for (; named < chart.Series.Count; named++)
        {
            string name = ChartWords.Cut(chart.Series[named].Name, Math.Clamp(grid.Width - mark - 1, 0, ChartStyle.MaxName), unicode);
            int needed = mark + 1 + ChartWords.Cells(name);
            if (rows.Count == 0 || free < needed)
            {
                if (named >= ChartStyle.MaxNamed || rows.Count == maxRows)
                    break;
                rows.Add([]);
                free = grid.Width;
            }
            rows[^1].Add((named, name));
            free -= needed + Between;
        }
        if (named < chart.Series.Count && rows.Count > 0)
            rows[^1][^1] = (-1, string.Create(CultureInfo.InvariantCulture, $"and {chart.Series.Count - named + 1} more"));
        return rows;
    }

    private void DrawLegend(List<List<(int Series, string Name)>> legend)
    {
        int row = grid.Height - legend.Count;
        foreach (List<(int Series, string Name)> names in legend)
        {
            int column = 0;
            foreach ((int series, string name) in names)
            {
                if (series >= 0)
                {
                    int mark = unicode ? Sample : 1;
                    DrawSample(column, row, series);
                    column += mark + 1;
                }
                grid.Write(column, row, name);
                column += ChartWords.Cells(name) + Between;
            }
            row++;
        }
    }

    private void DrawSample(int column, int row, int series)
    {
        if (!unicode)
        {
            grid.Set(column, row, ChartStyle.Letter(series), Colour(series));
            return;
        }
        var sample = new DotCanvas(grid, (column, row), (Sample, 1), braille: true);
        sample.Draw([[(0, 2), ((Sample * 2) - 1, 2)]], series, Colour(series), dashed: !colour && chart.Series.Count > 1);
    }
}
