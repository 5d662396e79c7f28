using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace DataVersion.Tracking.Charts;

/// <summary>Charts and the runs behind them as one page that needs nothing else: no script, no font, no picture from elsewhere.</summary>
public static class ChartHtml
{
    private const string Style = """
        body{margin:2rem auto;max-width:60rem;padding:0 1rem;font:15px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;color:#1a1a1a;background:#fff}
        h1{font-size:1.4rem}svg{display:block;max-width:100%;height:auto;margin:1rem 0}
        .w{overflow-x:auto}table{border-collapse:collapse;font-size:13px}th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #ddd}
        td{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;overflow-wrap:anywhere;min-width:7rem}
        @media (prefers-color-scheme:dark){body{color:#eee;background:#16181c}th,td{border-color:#30343a}}

        """;

    /// <summary>Writes a page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="charts">The charts, from the top down.</param>
    /// <param name="runs">The rows of the table below them.</param>
    /// <param name="size">The size of each chart.</param>
    /// <returns>The page, to be written as UTF-8.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is too small to draw in, or larger than any screen.</exception>
    public static string Write(string title, IReadOnlyList<Chart> charts, IReadOnlyList<ChartRun> runs, ChartSize size)
    {
        size.Check();
        var page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
        // What a run's name smuggles in could neither run nor call home.
        page.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        page.Append(CultureInfo.InvariantCulture, $"<title>{Escape(title)}</title>\n<style>\n{Style.ReplaceLineEndings("\n")}{ChartStyle.Css()}</style>\n</head>\n<body>\n<h1>{Escape(title)}</h1>\n");
        foreach (Chart chart in charts)
        {
            ChartSvg.WriteElement(page, chart, size);
            page.Append('\n');
        }
        if (runs.Count > 0)
            AppendRuns(page, runs);
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void AppendRuns(StringBuilder page, IReadOnlyList<ChartRun> runs)
    {
        page.Append("<div class=\"w\"><table>\n<thead><tr><th scope=\"col\">run</th><th scope=\"col\">commit</th><th scope=\"col\">data</th><th scope=\"col\">params</th></tr></thead>\n<tbody>\n");
        foreach (ChartRun run in runs)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{Escape(run.Id)}</td><td>{Escape(run.Commit)}</td><td>{Escape(run.Data)}</td><td>{Escape(run.Parameters)}</td></tr>\n");
        }
        page.Append("</tbody>\n</table></div>\n");
    }

    private static string Escape(string text) => HtmlEncoder.Default.Encode(ChartWords.Clean(text));
}
