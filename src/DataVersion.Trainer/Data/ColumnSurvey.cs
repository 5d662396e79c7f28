using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>A column, and what its values are taken for.</summary>
internal sealed record TableColumn(SourceColumn Source, ColumnKind Kind)
{
    internal string Name => Source.Name;

    internal bool IsWords => Kind == ColumnKind.Words;

    /// <summary>True where values are seconds since 1970, and not those of some day.</summary>
    internal bool IsPointInTime => Kind == ColumnKind.Time && Source.Type != DuckType.Time;

    internal string Sql => IsWords ? Source.AsText() : Source.AsNumber(Kind);
}

/// <summary>
/// Finds what texts say: the first thousands of a column decide. Where nine of ten are numbers, it is one of numbers, and what is none is wrong; otherwise it
/// holds words. So a number that is written wrongly is an error with a place, not another category.
/// </summary>
internal static class ColumnSurvey
{
    private const int Rows = 20_000;
    private const double Most = 0.9;
    private static readonly ColumnKind[] Kinds = [ColumnKind.Number, ColumnKind.Flag, ColumnKind.Time];

    /// <summary>The kinds of some columns. Of those that are no texts, their type says it.</summary>
    internal static IReadOnlyList<TableColumn> KindsOf(DuckConnection connection, TableSource source, IReadOnlyList<SourceColumn> columns)
    {
        SourceColumn[] texts = source.Format == TableFormat.Csv ? [.. columns.Where(c => c.IsText)] : [];
        Dictionary<SourceColumn, ColumnKind> found = texts.Length == 0 ? [] : Look(connection, source, texts, $"LIMIT {Rows}");
        SourceColumn[] empty = [.. texts.Where(c => found[c] == ColumnKind.Unknown)];
        foreach (SourceColumn column in empty)
        {
            // Nothing in the first rows: the first rows that have something.
            found[column] = Look(connection, source, [column], $"WHERE {column.HasValue()} LIMIT {Rows}")[column];
        }
        return [.. columns.Select(c => new TableColumn(c, found.GetValueOrDefault(c, c.Kind)))];
    }

    /// <summary>Which kind of number the texts of a column are; <see cref="ColumnKind.Number"/> where they are none.</summary>
    internal static ColumnKind NumberKindOf(DuckConnection connection, TableSource source, SourceColumn column)
    {
        if (!column.IsText)
            return column.Kind is ColumnKind.Words ? ColumnKind.Unknown : column.Kind;
        ColumnKind kind = Look(connection, source, [column], $"WHERE {column.HasValue()} LIMIT {Rows}")[column];
        return kind is ColumnKind.Words or ColumnKind.Unknown ? ColumnKind.Number : kind;
    }

    private static Dictionary<SourceColumn, ColumnKind> Look(DuckConnection connection, TableSource source, SourceColumn[] texts, string rest)
    {
        string select = string.Join(", ", texts.SelectMany(c => (string[])[c.HasValue(), .. Kinds.Select(k => $"({c.HasValue()} AND {c.AsNumber(k)} IS NOT NULL)")]));
        long[] counts = new long[texts.Length * (Kinds.Length + 1)];
        using (DuckStatement statement = source.Prepare(connection, select, rest))
        using (DuckResult result = statement.Execute())
        {
            while (result.TryFetch() is { } chunk)
            {
                using (chunk)
                {
                    for (int i = 0; i < counts.Length; i++)
                        counts[i] += chunk.Column(i).Values<byte>().Count((byte)1);
                }
            }
        }
        Dictionary<SourceColumn, ColumnKind> kinds = [];
        for (int i = 0; i < texts.Length; i++)
        {
            ReadOnlySpan<long> here = counts.AsSpan(i * (Kinds.Length + 1), Kinds.Length + 1);
            kinds[texts[i]] = here[0] == 0 ? ColumnKind.Unknown : KindOf(here);
        }
        return kinds;
    }

    private static ColumnKind KindOf(ReadOnlySpan<long> counts)
    {
        for (int i = 0; i < Kinds.Length; i++)
        {
            if (counts[i + 1] >= counts[0] * Most)
                return Kinds[i];
        }
        return ColumnKind.Words;
    }
}
