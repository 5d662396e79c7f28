using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>The two words of a target.</summary>
/// <param name="Negative">Stands for 0.</param>
/// <param name="Positive">Stands for 1.</param>
public sealed record LabelWords(string Negative, string Positive);

/// <summary>A value that cannot be taken; its place is found afterwards.</summary>
internal sealed class RowProblem(long row, string problem, string? hint = null) : Exception(problem)
{
    /// <summary>Counted from 0, over all files.</summary>
    internal long Row => row;

    internal string? Hint => hint;
}

/// <summary>Checks the column that is learnt, and counts its classes.</summary>
internal sealed class TargetLabels(SourceColumn column, ColumnKind kind, LabelWords? words)
{
    private static readonly string[] KnownPositives = ["1", "true", "yes", "y", "t", "positive", "fraud", "fraudulent"];

    private readonly List<(string Word, long Count)> _seen = words is null ? [] : [(words.Negative, 0), (words.Positive, 0)];

    private long _positives;
    private long _negatives;

    internal bool IsWords => kind == ColumnKind.Words;

    /// <summary>Checks a vector of DOUBLE or of texts.</summary>
    /// <exception cref="RowProblem">A label is missing, or none.</exception>
    internal void Add(DuckVector vector, int rows, long firstRow)
    {
        for (int row = 0; row < rows; row++)
        {
            if (vector.IsMissing(row))
                throw new RowProblem(firstRow + row, $"column '{column.Name}', the target, has no value", "every row that is learnt from has one");
            if (IsWords)
                AddWord(vector.Values<DuckText>()[row], firstRow + row);
            else
                AddNumber(vector.Values<double>()[row], firstRow + row);
        }
    }

    /// <summary>Rows of class 1, and the words of both, where they are words.</summary>
    /// <exception cref="UsageException">All rows are of one class, or the positive word is none of the two.</exception>
    internal (long Positives, LabelWords? Words) Finish(string? positive)
    {
        if (!IsWords)
        {
            if (_positives == 0 || _negatives == 0)
                throw OneClass(_positives == 0 ? "0" : "1");
            return (_positives, null);
        }
        if (_seen.Count < 2 || _seen.Exists(s => s.Count == 0))
            throw OneClass(TableErrors.Show(_seen.Find(s => s.Count > 0).Word));
        if (positive is not null && !_seen.Exists(s => s.Word == positive))
            throw new UsageException($"'{positive}' is no value of column '{column.Name}'", $"its values are '{_seen[0].Word}' and '{_seen[1].Word}'");
        int one = words is null ? PositiveOf(positive) : 1;
        return (_seen[one].Count, new LabelWords(_seen[1 - one].Word, _seen[one].Word));
    }

    private int PositiveOf(string? positive)
    {
        if (positive is not null)
            return _seen.FindIndex(s => s.Word == positive);
        bool[] known = [.. _seen.Select(s => KnownPositives.Contains(s.Word, StringComparer.OrdinalIgnoreCase))];
        if (known[0] != known[1])
            return known[1] ? 1 : 0;
        if (_seen[0].Count != _seen[1].Count)
            return _seen[1].Count < _seen[0].Count ? 1 : 0;
        return string.CompareOrdinal(_seen[1].Word, _seen[0].Word) > 0 ? 1 : 0;
    }

    private void AddNumber(double value, long row)
    {
        if (value == 1)
            _positives++;
        else if (value == 0)
            _negatives++;
        else
            throw new RowProblem(row, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"column '{column.Name}', the target, is {value}, and neither 0 nor 1"), NoClasses);
    }

    private void AddWord(in DuckText text, long row)
    {
        if (text.Length == 0)
            throw new RowProblem(row, $"column '{column.Name}', the target, has no value", "every row that is learnt from has one");
        string word = DuckText.TextOf(text);
        int place = _seen.FindIndex(s => s.Word == word);
        if (place < 0 && _seen.Count == 2)
            throw new RowProblem(row, $"column '{column.Name}', the target, is {TableErrors.Show(word)}, and neither {TableErrors.Show(_seen[0].Word)} nor {TableErrors.Show(_seen[1].Word)}", NoClasses);
        if (place < 0)
            _seen.Add((word, 1));
        else
            _seen[place] = (word, _seen[place].Count + 1);
    }

    private const string NoClasses = "the target is 0 or 1, true or false, or one of two words";

    private UsageException OneClass(string value) => new($"column '{column.Name}', the target, is {value} in every row: there is nothing to tell apart", "rows of both classes are needed");
}
