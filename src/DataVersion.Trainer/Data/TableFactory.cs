using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>Opens files as tables: finds or checks their columns, and reads every row once to know that it can be taken.</summary>
public static class TableFactory
{
    /// <summary>Opens files whose columns are to be found out.</summary>
    /// <param name="paths">Files and folders (with all that is below them).</param>
    /// <param name="target">The column to learn.</param>
    /// <param name="options">How values are taken.</param>
    /// <param name="ct">Stops reading.</param>
    /// <exception cref="UsageException">A path or column is not there, or nothing can be learnt from what is.</exception>
    /// <exception cref="InvalidFormatException">A file is broken, has other columns than the first, or a value that is of no use: names file, line or row, column and value.</exception>
    /// <exception cref="FileAccessException">A file cannot be read.</exception>
    public static Task<DuckTable> OpenAsync(IReadOnlyList<string> paths, string target, TableOptions options, CancellationToken ct) =>
        OpenAsync(paths, options, (connection, source) => Infer(connection, source, target, options, ct), ct);

    /// <summary>Opens files that are to be read as others were, to check a model with: the same columns, the same codes; what is not in a list of categories is unseen.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="target">The column that was learnt.</param>
    /// <param name="inputs">The columns, as the table to learn from or a signature has them.</param>
    /// <param name="labels">What the labels were called; null where they are numbers, or true and false.</param>
    /// <param name="options">How values are taken.</param>
    /// <param name="ct">Stops reading.</param>
    /// <exception cref="UsageException">A path or column is not there.</exception>
    /// <exception cref="InvalidFormatException">As <see cref="OpenAsync(IReadOnlyList{string}, string, TableOptions, CancellationToken)"/>.</exception>
    /// <exception cref="FileAccessException">A file cannot be read.</exception>
    public static Task<DuckTable> OpenLikeAsync(IReadOnlyList<string> paths, string target, IReadOnlyList<SignatureInput> inputs, LabelWords? labels, TableOptions options,
        CancellationToken ct) => OpenAsync(paths, options, (connection, source) => Match(connection, source, target, inputs, labels, ct), ct);

    private static Task<DuckTable> OpenAsync(IReadOnlyList<string> paths, TableOptions options, Func<DuckConnection, TableSource, TableSchema> describe, CancellationToken ct) => Task.Run(
        () =>
        {
            var database = DuckDatabase.Open(new DuckSettings { MemoryLimit = options.MemoryLimit, Threads = options.Threads, TempFolder = options.TempFolder });
            IReadOnlyList<string> files = paths;
            try
            {
                using DuckConnection connection = database.Connect();
                using CancellationTokenRegistration interrupt = ct.Register(connection.Interrupt);
                var source = TableSource.Open(connection, paths);
                files = source.Files;
                return new DuckTable(database, source, describe(connection, source));
            }
            catch (DuckException e)
            {
                database.Dispose();
                ct.ThrowIfCancellationRequested();
                throw TableErrors.Of(e, files);
            }
            catch
            {
                database.Dispose();
                throw;
            }
        },
        ct);

    private static TableSchema Infer(DuckConnection connection, TableSource source, string target, TableOptions options, CancellationToken ct)
    {
        CheckNames(source, options.Ignore);
        CheckNames(source, options.Categories);
        SourceColumn wanted = FindTarget(source, target);
        if (options.Ignore.Contains(target) || options.Categories.Contains(target))
            throw new UsageException($"column '{target}' is the target");
        IReadOnlyList<TableColumn> found = ColumnSurvey.KindsOf(connection, source, [.. source.Columns.Where(c => !options.Ignore.Contains(c.Name))]);
        TableColumn learnt = CheckTarget(found.First(c => c.Source == wanted));
        List<string> warnings = [];
        List<TableColumn> columns = [];
        foreach (TableColumn column in found)
        {
            if (options.Categories.Contains(column.Name) && column.Source.Kind != ColumnKind.Unknown)
                columns.Add(column with { Kind = ColumnKind.Words });
            else if (column.Source != wanted && column.Kind == ColumnKind.Unknown)
                warnings.Add(column.Source.IsText ? $"column '{column.Name}' has no value in any row: left out" : $"column '{column.Name}' is of type {column.Source.Type}, and neither numbers nor words: left out");
            else if (column.Source != wanted)
                columns.Add(column);
        }
        var profile = new TableProfiler(source, columns, learnt, new TargetLabels(learnt.Source, learnt.Kind, null));
        profile.Run(connection, ct);
        return TableSchema.Choose(profile, columns, learnt, options, warnings);
    }

    private static TableSchema Match(DuckConnection connection, TableSource source, string target, IReadOnlyList<SignatureInput> inputs, LabelWords? labels, CancellationToken ct)
    {
        SourceColumn wanted = FindTarget(source, target);
        TableColumn[] columns = [.. inputs.Select(i => MatchColumn(connection, source, i))];
        TableColumn learnt = CheckTarget(labels is null ? new TableColumn(wanted, ColumnSurvey.NumberKindOf(connection, source, wanted)) : new TableColumn(wanted, ColumnKind.Words));
        var profile = new TableProfiler(source, columns, learnt, new TargetLabels(wanted, learnt.Kind, labels));
        profile.Run(connection, ct);
        (long positives, _) = profile.Labels.Finish(null);
        return new TableSchema { Columns = columns, Inputs = inputs, Target = learnt, LabelWords = labels, Rows = profile.Rows, Positives = positives, Warnings = [] };
    }

    private static TableColumn MatchColumn(DuckConnection connection, TableSource source, SignatureInput input)
    {
        SourceColumn column = source.Find(input.Name)
            ?? throw new InvalidFormatException(source.Files[0], null, $"has no column '{input.Name}', which the model takes", $"its columns are {NamesOf(source)}");
        ColumnKind kind = input.Type == SignatureType.Category ? ColumnKind.Words : ColumnSurvey.NumberKindOf(connection, source, column);
        if (kind == ColumnKind.Unknown || column.Kind == ColumnKind.Unknown)
            throw new InvalidFormatException(source.Files[0], null, $"column '{input.Name}' is of type {column.Type}, and was {(input.Type == SignatureType.Category ? "words" : "numbers")} in the training data");
        return new TableColumn(column, kind);
    }

    private static TableColumn CheckTarget(TableColumn target) => target.Kind switch
    {
        ColumnKind.Number or ColumnKind.Flag or ColumnKind.Words => target,
        ColumnKind.Unknown when target.Source.IsText => target with { Kind = ColumnKind.Number },
        _ => throw new UsageException($"column '{target.Name}' cannot be the target: it holds {(target.Kind == ColumnKind.Time ? "times" : "neither numbers nor words")}", "the target is 0 or 1, true or false, or one of two words"),
    };

    private static SourceColumn FindTarget(TableSource source, string target) => source.Find(target)
        ?? throw new UsageException($"{source.Files[0]} has no column '{target}' to learn", $"its columns are {NamesOf(source)}");

    private static void CheckNames(TableSource source, IReadOnlyCollection<string> names)
    {
        if (names.FirstOrDefault(n => source.Find(n) is null) is { } unknown)
            throw new UsageException($"{source.Files[0]} has no column '{unknown}'", $"its columns are {NamesOf(source)}");
    }

    private static string NamesOf(TableSource source)
    {
        const int Most = 20;
        string names = string.Join(", ", source.Columns.Take(Most).Select(c => c.Name));
        return source.Columns.Count > Most ? $"{names} …" : names;
    }
}
