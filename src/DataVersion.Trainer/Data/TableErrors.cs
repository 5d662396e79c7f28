using System.Globalization;
using System.Text.RegularExpressions;
using DataVersion.Objects;
using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>Says what is wrong with files, and where.</summary>
internal static partial class TableErrors
{
    private const int LongestValue = 60;

    /// <summary>What DuckDB found.</summary>
    internal static DataVersionException Of(DuckException error, IReadOnlyList<string> files)
    {
        string file = FileOf().Match(error.Message) is { Success: true } named ? named.Groups[1].Value : files.FirstOrDefault(f => error.Message.Contains(f, StringComparison.Ordinal)) ?? files[0];
        if (LineOf().Match(error.Message) is { Success: true } line)
        {
            int at = int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture);
            return new InvalidFormatException(file, at, CsvProblem(error.Message), null, ErrorKind.Usage, error);
        }
        if (error.Message.StartsWith("Out of Memory", StringComparison.Ordinal))
            return new UsageException($"'{file}' needs more memory than the reader may take: {error.Problem}", "give it more, or write the files in smaller row groups", error);
        return error.Message.StartsWith("IO Error", StringComparison.Ordinal)
            ? new FileAccessException(file, PathRules.Printable(error.Problem), null, error)
            : new InvalidFormatException(file, null, PathRules.Printable(error.Problem), null, ErrorKind.Corrupt, error);
    }

    /// <summary>A value that cannot be taken.</summary>
    /// <param name="source">The files.</param>
    /// <param name="file">The one that has it.</param>
    /// <param name="row">Its row in that file, counted from 0.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="hint">What to do.</param>
    internal static InvalidFormatException At(TableSource source, string file, long row, string problem, string? hint) => source.Format == TableFormat.Csv
        ? new InvalidFormatException(file, CsvFile.LineOf(file, row + 1), problem, hint)
        : new InvalidFormatException(file, null, string.Create(CultureInfo.InvariantCulture, $"row {row + 1}: {problem}"), hint);

    /// <summary>A value in a message.</summary>
    internal static string Show(string value) => $"'{PathRules.Printable(value.Length > LongestValue ? value[..LongestValue] + "…" : value)}'";

    private static string CsvProblem(string message)
    {
        if (CountOf().Match(message) is { Success: true } counts)
            return $"it has {counts.Groups[2].Value} fields, and the header {counts.Groups[1].Value}";
        if (message.Contains("unterminated quote", StringComparison.Ordinal))
            return "a quote is not closed";
        if (message.Contains("not utf-8", StringComparison.OrdinalIgnoreCase))
            return "it is not UTF-8";
        string[] lines = message.Split('\n');
        return PathRules.Printable(lines.Length > 2 ? lines[2].Trim() : lines[0].Trim());
    }

    [GeneratedRegex("CSV Error on Line: ([0-9]{1,9})")]
    private static partial Regex LineOf();

    [GeneratedRegex("\n  file = (.*)\n")]
    private static partial Regex FileOf();

    [GeneratedRegex("Expected Number of Columns: ([0-9]+) Found: ([0-9]+)")]
    private static partial Regex CountOf();
}
