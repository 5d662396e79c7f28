using System.Globalization;
using System.Text;
using System.Xml;

namespace DataVersion.Tracking.Charts;

/// <summary>Draws one chart into an SVG document.</summary>
internal sealed class SvgChart(XmlWriter xml, Chart chart, ChartSize size)
{
    // The font is the reader's: what a letter takes is an estimate on the safe side.
    private const double LetterWidth = 6.8;
    private const int Line = 18, TitleHeight = 36, Right = 24, SampleWidth = 26, BetweenNames = 18, Below = 10, MaxLegendLeft = 60;

    private double _left, _top, _width, _height;

    /// <summary>Writes a group with the chart.</summary>
    /// <param name="top">Where it begins, in pixels from the top of the document.</param>
    public void Write(int top)
    {
        List<List<(double X, double Y)>> lines = SeriesLines.Clean(chart);
        List<List<int>> legend = FlowLegend();
        _top = TitleHeight;
        _height = Math.Max(20, size.Height - _top - (chart.XLabel.Length > 0 ? 44 : 26) - (legend.Count * Line) - Below);
        Axis y = chart.LogScale
            ? Axis.Logarithmic(lines.SelectMany(l => l).Select(p => p.Y).Where(v => !double.IsNaN(v)), (int)(_height / 40))
            : Axis.Linear(lines.SelectMany(l => l).Select(p => p.Y).Where(v => !double.IsNaN(v)), (int)(_height / 45), rounded: true);
        double labels = y.Ticks.Count == 0 ? 0 : y.Ticks.Max(t => t.Text.Length) * LetterWidth;
        _left = Math.Min(labels + 16 + (chart.YLabel.Length > 0 ? 20 : 4), size.Width / 2.0);
        _width = size.Width - _left - Right;
        Axis x = Axis.Linear(lines.SelectMany(l => l).Select(p => p.X), (int)Math.Max(2, _width / 90), rounded: false);

        xml.WriteStartElement("g", ChartSvg.Namespace);
        if (top > 0)
            xml.WriteAttributeString("transform", string.Create(CultureInfo.InvariantCulture, $"translate(0 {top})"));
        WriteBackground();
        WriteText(_left, 22, "t", "start", ChartWords.Cut(ChartWords.Clean(chart.Title), (int)((size.Width - _left) / 9)));
        WriteGrid(x, y);
        WriteLabels();
        foreach ((int i, List<(double X, double Y)> line) in lines.Index())
            WriteSeries(i, SeriesLines.Draw(line, x, y, _width, _height));
        if (!lines.Exists(l => l.Exists(p => !double.IsNaN(p.Y))))
            WriteText(_left + (_width / 2), _top + (_height / 2), "n", "middle", "no values");
        WriteLegend(legend);
        xml.WriteEndElement();
    }

    private void WriteBackground()
    {
        xml.WriteStartElement("rect", ChartSvg.Namespace);
        xml.WriteAttributeString("class", "b");
        xml.WriteAttributeString("width", Number(size.Width));
        xml.WriteAttributeString("height", Number(size.Height));
        xml.WriteEndElement();
    }

    private void WriteGrid(Axis x, Axis y)
    {
        foreach (Tick tick in y.Ticks)
        {
            double at = _top + ((1 - y.At(tick.Value)) * _height);
            WriteLine("g", _left, at, _left + _width, at);
            WriteText(_left - 8, at + 4, null, "end", tick.Text);
        }
        double free = double.NegativeInfinity;
        foreach (Tick tick in x.Ticks)
        {
            double at = _left + (x.At(tick.Value) * _width), half = tick.Text.Length * LetterWidth / 2;
            WriteLine("a", at, _top + _height, at, _top + _height + 5);
            if (at - half < free)
                continue;
            WriteText(at, _top + _height + 18, null, "middle", tick.Text);
            free = at + half + LetterWidth;
        }
        WriteLine("a", _left, _top + _height, _left + _width, _top + _height);
    }

    private void WriteLabels()
    {
        if (chart.XLabel.Length > 0)
            WriteText(_left + (_width / 2), _top + _height + 37, null, "middle", ChartWords.Cut(ChartWords.Clean(chart.XLabel), (int)(_width / LetterWidth)));
        string label = ChartWords.Cut(ChartWords.Clean(chart.YLabel), (int)(_height / LetterWidth));
        if (label.Length > 0)
            WriteText(0, 0, null, "middle", label, string.Create(CultureInfo.InvariantCulture, $"translate(16 {_top + (_height / 2):0.##}) rotate(-90)"));
    }

    private void WriteSeries(int index, List<List<(double X, double Y)>> pieces)
    {
        if (pieces.Count == 0)
            return;
        xml.WriteStartElement("g", ChartSvg.Namespace);
        xml.WriteElementString("title", ChartSvg.Namespace, ChartWords.Clean(chart.Series[index].Name));
        var path = new StringBuilder();
        foreach (List<(double X, double Y)> piece in pieces.Where(p => p.Count > 1))
        {
            foreach ((int i, (double X, double Y) point) in piece.Index())
                path.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{_left + point.X:0.#} {_top + point.Y:0.#}");
        }
        if (path.Length > 0)
        {
            xml.WriteStartElement("path", ChartSvg.Namespace);
            xml.WriteAttributeString("class", $"l {ChartStyle.Classes(index)}");
            xml.WriteAttributeString("d", path.ToString());
            xml.WriteEndElement();
        }
        foreach (List<(double X, double Y)> piece in pieces.Where(p => p.Count == 1))
        {
            xml.WriteStartElement("circle", ChartSvg.Namespace);
            xml.WriteAttributeString("class", $"p {ChartStyle.Classes(index)}");
            xml.WriteAttributeString("cx", Number(_left + piece[0].X));
            xml.WriteAttributeString("cy", Number(_top + piece[0].Y));
            xml.WriteAttributeString("r", "3");
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    /// <summary>Which names stand in which row: as many rows as a third of the height has room for. -1 stands for those that are not named.</summary>
    private List<List<int>> FlowLegend()
    {
        var rows = new List<List<int>>();
        double free = 0;
        int maxRows = Math.Max(1, size.Height / 3 / Line);
        for (int i = 0; i < chart.Series.Count; i++)
        {
            double needed = SampleWidth + BetweenNames + (ChartWords.Cells(Name(i)) * LetterWidth);
            if (rows.Count == 0 || free < needed)
            {
                if (i >= ChartStyle.MaxNamed || rows.Count == maxRows)
                    break;
                rows.Add([]);
                free = size.Width - MaxLegendLeft;
            }
            rows[^1].Add(i);
            free -= needed;
        }
        int named = rows.Sum(r => r.Count);
        if (named < chart.Series.Count)
        {
            // Its words take the place of the last name.
            rows[^1][^1] = -1;
        }
        return rows;
    }

    private void WriteLegend(List<List<int>> rows)
    {
        int named = rows.Sum(r => r.Count(i => i >= 0));
        double at = size.Height - (rows.Count * Line) + 12 - Below;
        foreach (List<int> row in rows)
        {
            double left = Math.Min(_left, MaxLegendLeft);
            foreach (int index in row)
            {
                string name = index < 0 ? string.Create(CultureInfo.InvariantCulture, $"and {chart.Series.Count - named} more") : Name(index);
                if (index >= 0)
                    WriteLine($"l {ChartStyle.Classes(index)}", left, at - 4, left + SampleWidth - 6, at - 4);
                WriteText(left + (index < 0 ? 0 : SampleWidth), at, "n", "start", name);
                left += SampleWidth + BetweenNames + (ChartWords.Cells(name) * LetterWidth);
            }
            at += Line;
        }
    }

    private string Name(int index) => ChartWords.Cut(ChartWords.Clean(chart.Series[index].Name), ChartStyle.MaxName);

    private void WriteLine(string style, double fromX, double fromY, double toX, double toY)
    {
        xml.WriteStartElement("path", ChartSvg.Namespace);
        xml.WriteAttributeString("class", style);
        xml.WriteAttributeString("d", $"M{Number(fromX)} {Number(fromY)}L{Number(toX)} {Number(toY)}");
        xml.WriteEndElement();
    }

    private void WriteText(double x, double y, string? style, string anchor, string text, string? transform = null)
    {
        xml.WriteStartElement("text", ChartSvg.Namespace);
        if (style is not null)
            xml.WriteAttributeString("class", style);
        if (transform is null)
        {
            xml.WriteAttributeString("x", Number(x));
            xml.WriteAttributeString("y", Number(y));
        }
        else
        {
            xml.WriteAttributeString("transform", transform);
        }
        if (anchor != "start")
            xml.WriteAttributeString("text-anchor", anchor);
        xml.WriteString(text);
        xml.WriteEndElement();
    }

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
