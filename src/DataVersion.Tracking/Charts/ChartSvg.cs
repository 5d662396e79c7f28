using System.Globalization;
using System.Text;
using System.Xml;

namespace DataVersion.Tracking.Charts;

/// <summary>Charts as a picture: one standalone SVG 1.1 document, the charts one below the other. The same charts always give the same bytes.</summary>
public static class ChartSvg
{
    internal const string Namespace = "http://www.w3.org/2000/svg";

    /// <summary>Draws charts.</summary>
    /// <param name="charts">The charts, from the top down.</param>
    /// <param name="size">The size of each.</param>
    /// <returns>The document, to be written as UTF-8.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is too small to draw in, or larger than any screen.</exception>
    public static string Write(IReadOnlyList<Chart> charts, ChartSize size)
    {
        size.Check();
        var text = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        using (XmlWriter xml = XmlWriter.Create(text, Settings))
        {
            Begin(xml, size.Width, size.Height * Math.Max(1, charts.Count), Titles(charts));
            xml.WriteStartElement("style", Namespace);
            xml.WriteString(ChartStyle.Css());
            xml.WriteEndElement();
            foreach ((int i, Chart chart) in charts.Index())
                new SvgChart(xml, chart, size).Write(i * size.Height);
            xml.WriteEndElement();
        }
        return text.Append('\n').ToString();
    }

    /// <summary>One chart as an element of a page, which has the style.</summary>
    internal static void WriteElement(StringBuilder page, Chart chart, ChartSize size)
    {
        using XmlWriter xml = XmlWriter.Create(page, Settings);
        Begin(xml, size.Width, size.Height, chart.Title);
        new SvgChart(xml, chart, size).Write(top: 0);
        xml.WriteEndElement();
    }

    private static XmlWriterSettings Settings => new() { OmitXmlDeclaration = true, Indent = true, IndentChars = " ", NewLineChars = "\n", CheckCharacters = true };

    private static void Begin(XmlWriter xml, int width, int height, string title)
    {
        xml.WriteStartElement("svg", Namespace);
        xml.WriteAttributeString("version", "1.1");
        xml.WriteAttributeString("class", "dv");
        xml.WriteAttributeString("width", width.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("height", height.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {height}"));
        xml.WriteAttributeString("role", "img");
        xml.WriteElementString("title", Namespace, ChartWords.Clean(title));
    }

    private static string Titles(IReadOnlyList<Chart> charts) => charts.Count == 0 ? "no charts" : ChartWords.Cut(string.Join(", ", charts.Select(c => c.Title)), 200);
}
