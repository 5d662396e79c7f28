using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>Files that have the same columns, and how SQL reads them.</summary>
internal sealed class TableSource
{
    private readonly string _sql;

    private TableSource(TableFormat format, IReadOnlyList<string> files, IReadOnlyList<SourceColumn> columns, string sql)
    {
        Format = format;
        Files = files;
        Columns = columns;
        _sql = sql;
    }

    internal TableFormat Format { get; }

    /// <summary>Whole paths, in the order in which they are read.</summary>
    internal IReadOnlyList<string> Files { get; }

    internal IReadOnlyList<SourceColumn> Columns { get; }

    /// <summary>Looks at the columns of all the files.</summary>
    /// <exception cref="InvalidFormatException">A file is not what its name says, or has other columns than the first.</exception>
    internal static TableSource Open(DuckConnection connection, IReadOnlyList<string> paths)
    {
        (TableFormat format, IReadOnlyList<string> files) = TableFiles.Find(paths);
        return format == TableFormat.Csv ? OpenCsv(files) : OpenParquet(connection, files);
    }

    internal SourceColumn? Find(string name) => Columns.FirstOrDefault(c => c.Name == name);

    /// <summary>Prepares <c>SELECT … FROM</c> these files.</summary>
    /// <param name="connection">Runs it.</param>
    /// <param name="select">The columns, as SQL.</param>
    /// <param name="rest">What comes after the files, as SQL.</param>
    /// <param name="file">One of the files; null for all.</param>
    internal DuckStatement Prepare(DuckConnection connection, string select, string rest = "", string? file = null)
    {
        DuckStatement statement = connection.Prepare($"SELECT {select} FROM {_sql} {rest}");
        return statement.Bind(1, [.. (file is null ? Files : [file]).Select(Literal)]);
    }

    private static TableSource OpenCsv(IReadOnlyList<string> files)
    {
        (char separator, IReadOnlyList<string> names) = CsvFile.ReadHeader(files[0]);
        foreach (string file in files.Skip(1))
        {
            (char other, IReadOnlyList<string> here) = CsvFile.ReadHeader(file);
            if (other != separator)
                throw new InvalidFormatException(file, 1, $"its fields are parted by {NameOf(other)}, those of {files[0]} by {NameOf(separator)}");
            CheckNames(here, names, file, files[0]);
            int moved = Enumerable.Range(0, names.Count).FirstOrDefault(i => here[i] != names[i], -1);
            if (moved >= 0)
                throw new InvalidFormatException(file, 1, $"column {moved + 1} is '{here[moved]}', and '{names[moved]}' in {files[0]}", "all files have their columns in one order");
        }
        // Columns are named by their place: a name in SQL could differ from another in case only.
        SourceColumn[] columns = [.. names.Select((name, i) => new SourceColumn(name, $"c{i}", DuckType.Varchar))];
        string types = string.Join(", ", columns.Select(c => $"'{c.Sql}': 'VARCHAR'"));
        return new TableSource(TableFormat.Csv, files, columns,
            $"read_csv($1, auto_detect = false, header = true, delim = '{separator}', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = true, columns = {{{types}}})");
    }

    private static TableSource OpenParquet(DuckConnection connection, IReadOnlyList<string> files)
    {
        const string Sql = "read_parquet($1, union_by_name = true, hive_partitioning = false)";
        SourceColumn[]? first = null;
        foreach (string file in files)
        {
            SourceColumn[] here = ReadColumns(connection, Sql, file);
            if (first is not null)
                CheckColumns(here, first, file, files[0]);
            first ??= here;
        }
        // Where number types differ, all files together are read as one that holds both.
        return new TableSource(TableFormat.Parquet, files, files.Count == 1 ? first! : ReadColumns(connection, Sql, null, files), Sql);
    }

    private static SourceColumn[] ReadColumns(DuckConnection connection, string sql, string? file, IReadOnlyList<string>? all = null)
    {
        try
        {
            using DuckStatement statement = connection.Prepare($"SELECT * FROM {sql} LIMIT 0");
            using DuckResult result = statement.Bind(1, [.. (all ?? [file!]).Select(Literal)]).Execute();
            return [.. result.Columns.Select(c => new SourceColumn(c.Name, SqlText.Identifier(c.Name), c.Type))];
        }
        catch (DuckException e)
        {
            throw TableErrors.Of(e, all ?? [file!]);
        }
    }

    private static void CheckColumns(SourceColumn[] here, SourceColumn[] first, string file, string firstFile)
    {
        CheckNames([.. here.Select(c => c.Name)], [.. first.Select(c => c.Name)], file, firstFile);
        foreach (SourceColumn column in here)
        {
            SourceColumn there = first.First(c => c.Name == column.Name);
            if (column.Type != there.Type && column.Type != DuckType.Null && there.Type != DuckType.Null && (column.Kind != there.Kind || column.Kind == ColumnKind.Unknown))
                throw new InvalidFormatException(file, null, $"column '{column.Name}' is of type {column.Type}, and of type {there.Type} in {firstFile}");
        }
    }

    private static void CheckNames(IReadOnlyList<string> here, IReadOnlyList<string> first, string file, string firstFile)
    {
        if (first.Except(here).FirstOrDefault() is { } missing)
            throw new InvalidFormatException(file, null, $"has no column '{missing}', which {firstFile} has");
        if (here.Except(first).FirstOrDefault() is { } added)
            throw new InvalidFormatException(file, null, $"has a column '{added}', which {firstFile} has not");
    }

    private static string NameOf(char separator) => separator == '\t' ? "tabs" : $"'{separator}'";

    /// <summary>A name of a file is taken as a pattern where it has signs of one.</summary>
    private static string Literal(string file) => file.AsSpan().IndexOfAny("[*?") < 0
        ? file
        : file.Replace("[", "[[]", StringComparison.Ordinal).Replace("*", "[*]", StringComparison.Ordinal).Replace("?", "[?]", StringComparison.Ordinal);
}

/// <summary>Names in SQL.</summary>
internal static class SqlText
{
    internal static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
