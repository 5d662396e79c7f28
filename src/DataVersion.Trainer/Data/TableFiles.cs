namespace DataVersion.Trainer.Data;

/// <summary>The formats that are read.</summary>
internal enum TableFormat
{
    Parquet,
    Csv,
}

/// <summary>Finds the files of a table: those named, and those below the folders named, sorted by name.</summary>
internal static class TableFiles
{
    private static readonly (string Ending, TableFormat Format)[] Endings =
    [
        (".parquet", TableFormat.Parquet),
        (".csv", TableFormat.Csv),
        (".csv.gz", TableFormat.Csv),
        (".tsv", TableFormat.Csv),
        (".tsv.gz", TableFormat.Csv),
    ];

    private const string Kinds = "files that end in .parquet, .csv, .csv.gz or .tsv are read";

    /// <summary>All of them, as whole paths.</summary>
    /// <exception cref="UsageException">Nothing is there, or nothing that is read.</exception>
    /// <exception cref="InvalidFormatException">There are files of both formats.</exception>
    internal static (TableFormat Format, IReadOnlyList<string> Files) Find(IReadOnlyList<string> paths)
    {
        List<string> files = [];
        foreach (string path in paths)
        {
            string whole = Path.GetFullPath(path);
            if (Directory.Exists(whole))
                AddFolder(whole, files, path);
            else if (!File.Exists(whole))
                throw new UsageException($"there is no file or folder '{path}'", "dv pull brings what the commit pins");
            else if (FormatOf(whole) is null)
                throw new UsageException($"'{path}' is of no format that is known", Kinds);
            else
                files.Add(whole);
        }
        if (files.Count == 0)
            throw new UsageException("no data is named", Kinds);
        TableFormat format = FormatOf(files[0])!.Value;
        string? other = files.Find(f => FormatOf(f) != format);
        return other is null
            ? (format, files)
            : throw new InvalidFormatException(other, null, $"is of another format than {files[0]}", "name the files of one format, or keep each in a folder of its own");
    }

    private static void AddFolder(string folder, List<string> files, string named)
    {
        List<string> found = [];
        Walk(folder, found);
        if (found.Count == 0)
            throw new UsageException($"folder '{named}' holds no data", Kinds);
        found.Sort(string.CompareOrdinal);
        files.AddRange(found);
    }

    /// <summary>Hidden names and those of Spark's notes (<c>_SUCCESS</c>) are passed over; so are folders that are links, which could lead back.</summary>
    private static void Walk(string folder, List<string> found)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry.Name[0] is '.' or '_')
                continue;
            if (entry is not DirectoryInfo)
            {
                if (FormatOf(entry.Name) is not null)
                    found.Add(entry.FullName);
            }
            else if (entry.LinkTarget is null)
            {
                Walk(entry.FullName, found);
            }
        }
    }

    private static TableFormat? FormatOf(string path)
    {
        foreach ((string ending, TableFormat format) in Endings)
        {
            if (path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return format;
        }
        return null;
    }
}
