using System.CommandLine;
using System.Globalization;
using DataVersion.Tracking.Models;

namespace DataVersion.Trainer.Data;

/// <summary><c>dv-train describe</c>: shows what the trainer makes of files, before anything is trained.</summary>
internal sealed class DescribeCommand : Command
{
    private const int BatchRows = 4096;

    private readonly Argument<string[]> _paths = new("path") { Description = "Files and folders of Parquet or CSV.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _target = new("--target") { Description = "The column to learn.", Required = true, HelpName = "COLUMN" };
    private readonly Option<bool> _time = new("--time") { Description = "Read all rows once more, as training does, and say how fast that was." };

    internal DescribeCommand()
        : base("describe", "Show the columns of data: what they are taken for, what is in them, and which are left out.")
    {
        Arguments.Add(_paths);
        Options.Add(_target);
        Options.Add(_time);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        TextWriter output = parse.InvocationConfiguration.Output;
        using DuckTable table = await TableFactory.OpenAsync(parse.GetRequiredValue(_paths), parse.GetRequiredValue(_target), new TableOptions(), cancellationToken);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{table.Rows} rows in {table.Files.Count} file{(table.Files.Count == 1 ? "" : "s")}; {table.Target} is 1 in {Percent(table.Positives, table.Rows)}"));
        foreach (SignatureInput input in table.Inputs)
            await output.WriteLineAsync(Line(input));
        foreach (string warning in table.Warnings)
            await output.WriteLineAsync($"note: {warning}");
        if (parse.GetValue(_time))
            await TimeAsync(table, output, cancellationToken);
        return 0;
    }

    private static async Task TimeAsync(DuckTable table, TextWriter output, CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        long rows = 0;
        await foreach (TableBatch batch in table.ReadAsync(BatchRows, cancellationToken))
            rows += batch.Rows;
        double seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"read {rows} rows in {seconds:F2} s: {rows / Math.Max(seconds, 1e-9):F0} rows/s"));
    }

    private static string Line(SignatureInput input)
    {
        SignatureStatistics found = input.Statistics;
        string missing = found.Missing == 0 ? "" : $", {Percent(found.Missing, found.Count)} missing";
        if (input.Type == SignatureType.Time)
            return $"{input.Name}: time, {TimeOf(found.Quantiles[0])} to {TimeOf(found.Quantiles[^1])}{missing}";
        return input.Type == SignatureType.Number
            ? string.Create(CultureInfo.InvariantCulture, $"{input.Name}: number, {found.Quantiles[0]:G6} to {found.Quantiles[^1]:G6}, mean {found.Mean:G6} ± {found.StandardDeviation:G6}, median {found.Quantiles[5]:G6}{missing}")
            : string.Create(CultureInfo.InvariantCulture, $"{input.Name}: {input.Categories.Count} categories: {string.Join(", ", input.Categories.Take(5))}{(input.Categories.Count > 5 ? " …" : "")}{missing}");
    }

    private static string TimeOf(double seconds) => DateTime.UnixEpoch.AddSeconds(Math.Clamp(seconds, -6e10, 2.5e11)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Percent(long part, long whole) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:F2} %");
}
