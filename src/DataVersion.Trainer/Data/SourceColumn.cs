using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>What a column's values are taken for.</summary>
internal enum ColumnKind
{
    Number,
    Flag,
    Time,
    Words,
    Unknown,
}

/// <summary>A column of files.</summary>
/// <param name="Name">As the files call it.</param>
/// <param name="Sql">As SQL calls it.</param>
/// <param name="Type">As it is stored.</param>
internal sealed record SourceColumn(string Name, string Sql, DuckType Type)
{
    /// <summary>What stands for "no value" among numbers, beside nothing at all. Among words they are words: NA is a country.</summary>
    private static readonly string[] NoNumbers = ["", "na", "n/a", "nan", "null", "none", "-"];

    /// <summary>True where values are texts, whatever they say.</summary>
    internal bool IsText => Type == DuckType.Varchar;

    /// <summary>What its type says; of texts, words.</summary>
    internal ColumnKind Kind => Type switch
    {
        DuckType.Boolean => ColumnKind.Flag,
        DuckType.TinyInt or DuckType.SmallInt or DuckType.Integer or DuckType.BigInt or DuckType.HugeInt or DuckType.UTinyInt or DuckType.USmallInt
            or DuckType.UInteger or DuckType.UBigInt or DuckType.UHugeInt or DuckType.Float or DuckType.Double or DuckType.Decimal or DuckType.Null => ColumnKind.Number,
        DuckType.Timestamp or DuckType.TimestampSeconds or DuckType.TimestampMilliseconds or DuckType.TimestampNanoseconds or DuckType.TimestampWithZone
            or DuckType.Date or DuckType.Time => ColumnKind.Time,
        DuckType.Varchar or DuckType.Enum or DuckType.Uuid => ColumnKind.Words,
        _ => ColumnKind.Unknown,
    };

    /// <summary>The value as a DOUBLE: flags are 0 and 1, times are seconds since 1970 (of a time of day: since midnight); without a zone they are UTC.</summary>
    internal string AsNumber(ColumnKind kind) => (IsText, kind) switch
    {
        (true, ColumnKind.Number) => $"TRY_CAST({Sql} AS DOUBLE)",
        (true, ColumnKind.Flag) => $"CAST(CASE lower(trim({Sql})) WHEN 'true' THEN 1 WHEN 'false' THEN 0 END AS DOUBLE)",
        (true, ColumnKind.Time) => $"epoch(TRY_CAST({Sql} AS TIMESTAMPTZ))",
        (false, ColumnKind.Time) when Type is DuckType.Date or DuckType.Time or DuckType.TimestampWithZone => $"epoch({Sql})",
        (false, ColumnKind.Time) => $"epoch(CAST({Sql} AS TIMESTAMP))",
        _ => $"CAST({Sql} AS DOUBLE)",
    };

    /// <summary>The value as a text.</summary>
    internal string AsText() => IsText ? Sql : $"CAST({Sql} AS VARCHAR)";

    /// <summary>Whether there is a text that is no number; null where that cannot be.</summary>
    internal string? IsWrong(ColumnKind kind) => IsText && kind != ColumnKind.Words
        ? $"(CASE WHEN {Sql} IS NULL OR {AsNumber(kind)} IS NOT NULL THEN false ELSE {SaysSomething} END)"
        : null;

    /// <summary>Whether there is a value.</summary>
    internal string HasValue() => IsText ? $"(CASE WHEN {Sql} IS NULL THEN false ELSE {SaysSomething} END)" : $"({Sql} IS NOT NULL)";

    /// <summary>DuckDB makes a join of IN with a list, after which rows come in any order; CASE stays what it is.</summary>
    private string SaysSomething => $"(CASE lower(trim({Sql})) {string.Join(' ', NoNumbers.Select(n => $"WHEN '{n}' THEN false"))} ELSE true END)";
}
