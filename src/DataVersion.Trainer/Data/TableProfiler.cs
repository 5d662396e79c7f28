using System.Globalization;
using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>
/// Reads every row once: checks that it can be taken, and finds what the columns look like. One pass, in the order of the rows, in memory that does not grow with them.
/// </summary>
internal sealed class TableProfiler
{
    private readonly TableSource _source;
    private readonly TableColumn[] _numbers;
    private readonly TableColumn[] _words;
    private readonly TableColumn _target;
    private readonly RowSample _sample;

    /// <param name="source">The files.</param>
    /// <param name="inputs">The columns to learn from.</param>
    /// <param name="target">The column to learn.</param>
    /// <param name="labels">Checks it.</param>
    internal TableProfiler(TableSource source, IReadOnlyList<TableColumn> inputs, TableColumn target, TargetLabels labels)
    {
        _source = source;
        _numbers = [.. inputs.Where(c => !c.IsWords)];
        _words = [.. inputs.Where(c => c.IsWords)];
        _target = target;
        Labels = labels;
        _sample = new RowSample(_numbers.Length);
        Numbers = [.. _numbers.Select(_ => new NumberProfile())];
        Words = [.. _words.Select(_ => new WordCounter())];
    }

    internal long Rows { get; private set; }

    internal TargetLabels Labels { get; }

    /// <summary>One for each column of numbers, in their order.</summary>
    internal IReadOnlyList<NumberProfile> Numbers { get; }

    /// <summary>One for each column of words, in their order.</summary>
    internal IReadOnlyList<WordCounter> Words { get; }

    /// <summary>Some values of a column of numbers.</summary>
    internal float[] SampleOf(int number) => _sample.ValuesOf(number);

    /// <summary>Reads all rows.</summary>
    /// <exception cref="InvalidFormatException">A value cannot be taken: names file, line or row, column and value; or there are no rows.</exception>
    internal void Run(DuckConnection connection, CancellationToken ct)
    {
        try
        {
            Read(connection, ct);
        }
        catch (RowProblem found)
        {
            (string file, long row) = Locate(connection, found.Row);
            RowProblem problem = found.Message.Length > 0 ? found : Wrong(connection, file, row);
            throw TableErrors.At(_source, file, row, problem.Message, problem.Hint);
        }
        if (Rows == 0)
            throw new InvalidFormatException(_source.Files[0], null, _source.Files.Count == 1 ? "has no rows" : $"and {_source.Files.Count - 1} more files have no rows");
    }

    private void Read(DuckConnection connection, CancellationToken ct)
    {
        string[] wrong = [.. WrongFlags().Select(w => w.Sql)];
        string select = string.Join(", ", [.. _numbers.Select(c => c.Sql), .. _words.Select(c => c.Sql), _target.Sql, wrong.Length == 0 ? "false" : string.Join(" OR ", wrong)]);
        using DuckStatement statement = _source.Prepare(connection, select);
        using DuckResult result = statement.Execute();
        while (result.TryFetch() is { } chunk)
        {
            using (chunk)
            {
                ct.ThrowIfCancellationRequested();
                Add(chunk);
            }
        }
    }

    private void Add(DuckChunk chunk)
    {
        int target = _numbers.Length + _words.Length;
        int wrong = chunk.Column(target + 1).Values<byte>().IndexOf((byte)1);
        if (wrong >= 0)
            throw new RowProblem(Rows + wrong, "");
        for (int i = 0; i < _numbers.Length; i++)
        {
            int row = Numbers[i].Add(chunk.Column(i));
            if (row >= 0)
                throw new RowProblem(Rows + row, string.Create(CultureInfo.InvariantCulture, $"column '{_numbers[i].Name}': {chunk.Column(i).Values<double>()[row]} is more than a float32 holds"), "scale the column");
        }
        for (int i = 0; i < _words.Length; i++)
            Words[i].Add(chunk.Column(_numbers.Length + i));
        Labels.Add(chunk.Column(target), chunk.Rows, Rows);
        _sample.Add(chunk, Rows);
        Rows += chunk.Rows;
    }

    private IEnumerable<(TableColumn Column, string Sql)> WrongFlags() => _numbers.Append(_target)
        .Select(c => (Column: c, Sql: c.Source.IsWrong(c.Kind)!))
        .Where(c => c.Sql is not null);

    /// <summary>The file that holds a row, and which of its rows it is.</summary>
    private (string File, long Row) Locate(DuckConnection connection, long row)
    {
        foreach (string file in _source.Files)
        {
            long rows = 0;
            using (DuckStatement statement = _source.Prepare(connection, "count(*)", file: file))
            using (DuckResult result = statement.Execute())
            using (DuckChunk? chunk = result.TryFetch())
                rows = chunk!.Column(0).Values<long>()[0];
            if (row < rows)
                return (file, row);
            row -= rows;
        }
        throw new InvalidFormatException(_source.Files[^1], null, "changed while it was read", "stop what writes to it and try again");
    }

    /// <summary>Which column of a row is wrong, and what it says.</summary>
    private RowProblem Wrong(DuckConnection connection, string file, long row)
    {
        (TableColumn Column, string Sql)[] flags = [.. WrongFlags()];
        string select = string.Join(", ", flags.SelectMany(f => (string[])[f.Sql, f.Column.Source.AsText()]));
        using DuckStatement statement = _source.Prepare(connection, select, "LIMIT 1 OFFSET $2", file);
        using DuckResult result = statement.Bind(2, row).Execute();
        using DuckChunk? chunk = result.TryFetch();
        for (int i = 0; chunk is not null && i < flags.Length; i++)
        {
            if (chunk.Column(2 * i).Values<byte>()[0] == 1)
                return Describe(flags[i].Column, DuckText.TextOf(chunk.Column((2 * i) + 1).Values<DuckText>()[0]), row);
        }
        throw new InvalidFormatException(file, null, "changed while it was read", "stop what writes to it and try again");
    }

    private RowProblem Describe(TableColumn column, string value, long row)
    {
        string kind = column.Kind switch
        {
            ColumnKind.Flag => "neither true nor false",
            ColumnKind.Time => "no time",
            _ => "no number",
        };
        return ReferenceEquals(column, _target)
            ? new RowProblem(row, $"column '{column.Name}', the target: {TableErrors.Show(value)} is {kind}", "the target is 0 or 1, true or false, or one of two words")
            : new RowProblem(row, $"column '{column.Name}': {TableErrors.Show(value)} is {kind}", $"correct it, leave it empty, or take the column for words: --category {column.Name}");
    }
}
