using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DataVersion.Trainer.Generating;

/// <summary><c>dv-train generate</c>: makes a data set to try things with.</summary>
internal sealed class GenerateCommand : Command
{
    private readonly Option<long> _rows = new("--rows") { Description = "How many rows.", Required = true, HelpName = "N" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "The same seed makes the same rows, on every machine.", DefaultValueFactory = _ => 1, HelpName = "S" };
    private readonly Option<string> _out = new("--out") { Description = "A file that ends in .parquet or .csv, or a folder for parts of a million rows.", Required = true, HelpName = "PATH" };
    private readonly Option<double> _fraudRate = new("--fraud-rate") { Description = "The share of frauds.", DefaultValueFactory = _ => 0.02, HelpName = "SHARE" };
    private readonly Option<DateOnly> _start = new("--start")
    {
        Description = "The first of the 90 days.",
        DefaultValueFactory = _ => new DateOnly(2026, 1, 1),
        CustomParser = ParseDay,
        HelpName = "YYYY-MM-DD",
    };

    private readonly Option<bool> _force = new("--force") { Description = "Replace a file that is there." };

    internal GenerateCommand()
        : base("generate", "Make a data set of card payments, some of them frauds.")
    {
        _rows.Validators.Add(r => Check(r, r.GetValueOrDefault<long>() >= 1, "--rows is at least 1"));
        _fraudRate.Validators.Add(r => Check(r, r.GetValueOrDefault<double>() is > 0 and < 1, "--fraud-rate is above 0 and below 1"));
        Options.Add(_rows);
        Options.Add(_seed);
        Options.Add(_out);
        Options.Add(_fraudRate);
        Options.Add(_start);
        Options.Add(_force);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        long rows = parse.GetValue(_rows);
        string path = parse.GetRequiredValue(_out);
        var generator = new TransactionGenerator(rows, parse.GetValue(_seed), parse.GetValue(_fraudRate), parse.GetValue(_start));
        IReadOnlyList<string> files = await TransactionFiles.WriteAsync(generator, rows, path, parse.GetValue(_force), cancellationToken);
        long bytes = files.Sum(f => new FileInfo(f).Length);
        string parts = files.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" in {files.Count} parts");
        await parse.InvocationConfiguration.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{path}: {rows} rows{parts}, {bytes} bytes"));
        return 0;
    }

    private static void Check(OptionResult result, bool isRight, string problem)
    {
        if (!isRight)
            result.AddError(problem);
    }

    private static DateOnly ParseDay(ArgumentResult result)
    {
        if (DateOnly.TryParseExact(result.Tokens[0].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) && day.Year is >= 1970 and <= 9990)
            return day;
        result.AddError($"'{result.Tokens[0].Value}' is no day of the form 2026-01-31, from 1970 on");
        return default;
    }
}
