using System.Globalization;
using DataVersion.Tracking.Models;

namespace DataVersion.Trainer.Data;

/// <summary>What a table consists of.</summary>
internal sealed record TableSchema
{
    /// <summary>Numbers first, then words.</summary>
    internal required IReadOnlyList<TableColumn> Columns { get; init; }

    /// <summary>The same columns, as a signature has them.</summary>
    internal required IReadOnlyList<SignatureInput> Inputs { get; init; }

    internal required TableColumn Target { get; init; }

    internal required LabelWords? LabelWords { get; init; }

    internal required long Rows { get; init; }

    internal required long Positives { get; init; }

    internal required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Chooses the columns to learn from, of those that were profiled.</summary>
    /// <exception cref="UsageException">None is left, or the classes cannot be told.</exception>
    internal static TableSchema Choose(TableProfiler profile, IReadOnlyList<TableColumn> columns, TableColumn target, TableOptions options, List<string> warnings)
    {
        (long positives, LabelWords? words) = profile.Labels.Finish(options.Positive);
        List<(TableColumn Column, SignatureInput Input)> numbers = [];
        List<(TableColumn Column, SignatureInput Input)> categories = [];
        foreach (TableColumn column in columns)
        {
            if (column.IsWords)
                AddWords(categories, column, profile.Words[IndexOf(columns, column)], profile.Rows, options, warnings);
            else
                AddNumber(numbers, column, profile, IndexOf(columns, column), warnings);
        }
        if (numbers.Count + categories.Count == 0)
            throw new UsageException("no column is left to learn from", warnings.Count > 0 ? warnings[0] : "the data needs columns beside the target");
        if (words is not null && options.Positive is null)
            warnings.Add($"target '{target.Name}': '{words.Positive}' is taken for 1 and '{words.Negative}' for 0 (--positive chooses)");
        return new TableSchema
        {
            Columns = [.. numbers.Concat(categories).Select(c => c.Column)],
            Inputs = [.. numbers.Concat(categories).Select(c => c.Input)],
            Target = target,
            LabelWords = words,
            Rows = profile.Rows,
            Positives = positives,
            Warnings = warnings,
        };
    }

    /// <summary>A column's place among those of its sort.</summary>
    private static int IndexOf(IReadOnlyList<TableColumn> columns, TableColumn column) =>
        columns.TakeWhile(c => !ReferenceEquals(c, column)).Count(c => c.IsWords == column.IsWords);

    private static void AddNumber(List<(TableColumn Column, SignatureInput Input)> chosen, TableColumn column, TableProfiler profile, int index, List<string> warnings)
    {
        NumberProfile numbers = profile.Numbers[index];
        if (numbers.Count == 0)
            warnings.Add($"column '{column.Name}' has no value in any row: left out");
        else if ((float)numbers.Minimum == (float)numbers.Maximum)
            warnings.Add(string.Create(CultureInfo.InvariantCulture, $"column '{column.Name}' is {numbers.Minimum} in every row that has a value: left out"));
        else
            chosen.Add((column, new SignatureInput { Name = column.Name, Type = column.IsPointInTime ? SignatureType.Time : SignatureType.Number, Statistics = numbers.ToStatistics(profile.SampleOf(index)) }));
    }

    private static void AddWords(List<(TableColumn Column, SignatureInput Input)> chosen, TableColumn column, WordCounter words, long rows, TableOptions options, List<string> warnings)
    {
        if (words.Values == 0)
        {
            warnings.Add($"column '{column.Name}' has no value in any row: left out");
            return;
        }
        if (words.Distinct == 1 && words.Missing == 0)
        {
            warnings.Add($"column '{column.Name}' is {TableErrors.Show(words.Top(1)[0].Word)} in every row: left out");
            return;
        }
        if (words.IsIdentifier && (words.Distinct == 0 || !options.Categories.Contains(column.Name)))
        {
            warnings.Add($"column '{column.Name}' has another word in almost every row: left out");
            return;
        }
        IReadOnlyList<(string Word, long Count)> top = words.Top(options.MaxCategories);
        if (words.Distinct > top.Count || words.IsMore)
        {
            double share = top.Sum(w => w.Count) / (double)words.Values;
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"column '{column.Name}' has {(words.IsMore ? "more than " : "")}{words.Distinct} words: the {top.Count} most frequent are kept, {share:P1} of its values"));
        }
        chosen.Add((column, new SignatureInput
        {
            Name = column.Name,
            Type = SignatureType.Category,
            Categories = [.. top.Select(w => w.Word)],
            Statistics = new SignatureStatistics { Count = rows, Missing = words.Missing, Frequencies = [.. top.Select(w => w.Count / (double)rows)] },
        }));
    }
}
