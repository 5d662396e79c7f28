namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>DuckDB refused something: <paramref name="problem"/> is what it says.</summary>
internal sealed class DuckDbException(string problem) : DataVersionException(ErrorKind.Incomplete, $"DuckDB: {problem}");
