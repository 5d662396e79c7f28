using System.CommandLine;
using System.Globalization;
using System.Text;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Platform;
using DataVersion.Tracking.Charts;
using DataVersion.Tracking.Records;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv runs plot</c>.</summary>
internal sealed class RunsPlotCommand : DvCommand
{
    private const int MaxWidth = 120, Height = 16;

    private readonly Argument<string[]> _runs = new("RUN") { Description = "runs: their ids, or the first digits (default: the latest one)", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string[]> _metrics = new("--metric", "-m") { Description = "only these metrics", HelpName = "NAME", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _output = Opt.Text("--output", "FILE", "write a picture (.svg) or a page (.html) instead of a chart in the terminal", "-o");
    private readonly Option<bool> _log = Opt.Flag("--log", "a logarithmic scale");
    private readonly RunsScope _scope = new();

    internal RunsPlotCommand()
        : base("plot", "plot metrics of runs: in the terminal, as a picture or a page")
    {
        Add(_runs);
        Add(_metrics);
        Add(_output);
        Add(_log);
        _scope.AddTo(this);
        Examples =
        [
            new("dv runs plot", "all metrics of the latest run, in the terminal"),
            new("dv runs plot 019dd9f0-1b3c 019dd9f4 -m loss -o loss.svg", "one metric of two runs, as a picture"),
            new("dv runs plot -o runs.html", "a page with charts and what was run"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        string? output = parse.GetValue(_output);
        if (output is not null && Path.GetExtension(output).ToLowerInvariant() is not (".svg" or ".html"))
            throw new UsageException($"-o '{output}': the name must end in .svg or .html");
        using Repository repository = context.OpenRepository();
        using OpenedRuns runs = await _scope.OpenAsync(parse, context, repository);
        IReadOnlyList<RunRecord> records = await FindAsync(parse.GetValue(_runs) ?? [], runs, context);
        IReadOnlyList<Chart> charts = await new MetricCharts(runs.Catalog).DrawAsync(records, parse.GetValue(_metrics) ?? [], parse.GetValue(_log), context.CancellationToken);
        if (charts.Count == 0)
            throw new UsageException(records.Count == 1 ? $"run {RunIds.Short(records[0].RunUuid)} has no such metrics" : "these runs have no such metrics", "a trainer reports metrics in the file $DV_METRICS: docs/runs.md");
        if (output is null)
            Show(context, charts);
        else
            Write(context, Path.GetFullPath(output, context.WorkingDirectory), charts, records);
        return ExitCodes.Done;
    }

    private static async Task<IReadOnlyList<RunRecord>> FindAsync(string[] named, OpenedRuns runs, CommandContext context)
    {
        var records = new List<RunRecord>();
        foreach (string name in named)
            records.Add(await runs.Catalog.GetAsync(name, context.CancellationToken));
        if (named.Length > 0)
            return records;
        IReadOnlyList<RunRecord> latest = await runs.Catalog.ListAsync(new Tracking.History.RunFilter { Limit = 1 }, context.CancellationToken);
        return latest.Count > 0 ? latest : throw new UsageException("no runs: record one with dv run -- COMMAND");
    }

    private static void Show(CommandContext context, IReadOnlyList<Chart> charts)
    {
        int width = Math.Min(context.TerminalWidth ?? 80, MaxWidth);
        foreach (Chart chart in charts)
            context.Reporter.Answer(ChartText.Write(chart, width, Height, unicode: true, colour: context.Reporter.Paint.IsOn).TrimEnd('\n'));
    }

    private static void Write(CommandContext context, string file, IReadOnlyList<Chart> charts, IReadOnlyList<RunRecord> records)
    {
        string text = file.EndsWith(".svg", StringComparison.OrdinalIgnoreCase)
            ? ChartSvg.Write(charts, ChartSize.Usual)
            : ChartHtml.Write("Runs", charts, [.. records.Select(Describe)], ChartSize.Usual);
        AtomicFile.Write(file, Encoding.UTF8.GetBytes(text));
        context.Reporter.Did(Printable.Text($"wrote {Sizes.Count(charts.Count, "chart")} to {file}"));
    }

    private static ChartRun Describe(RunRecord run) => new(
        RunIds.Short(run.RunUuid),
        run.Code?.Commit[..12] ?? "",
        string.Join(", ", run.Data.Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Path} {d.Algo}:{d.Hash[..Math.Min(12, d.Hash.Length)]}"))),
        string.Join(", ", run.Train.Params.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}")));
}
