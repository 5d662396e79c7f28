using System.IO.Compression;
using System.Text;

namespace DataVersion.Trainer.Data;

/// <summary>
/// What is to be known of a CSV file (RFC 4180) before and beside DuckDB: its header, what parts its fields, and on which line a record begins.
/// </summary>
internal static class CsvFile
{
    private const int LongestHeader = 1 << 20;
    private const string Separators = ",;\t|";

    /// <summary>Reads the header.</summary>
    /// <exception cref="InvalidFormatException">It has none, or one with a name twice or without one.</exception>
    internal static (char Separator, IReadOnlyList<string> Names) ReadHeader(string file)
    {
        string record;
        try
        {
            using TextReader reader = Open(file);
            record = ReadRecord(reader, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileAccessException(file, e.Message, null, e);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidFormatException(file, null, "is not what gzip writes", null, ErrorKind.Corrupt, e);
        }
        if (record.Length == 0)
            throw new InvalidFormatException(file, 1, "has no header", "the first line names the columns");
        char separator = file.Contains(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : SeparatorOf(record);
        List<string> names = SplitRecord(record, separator);
        int empty = names.FindIndex(string.IsNullOrWhiteSpace);
        if (empty >= 0)
            throw new InvalidFormatException(file, 1, $"column {empty + 1} has no name");
        string? twice = names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        return twice is null ? (separator, names) : throw new InvalidFormatException(file, 1, $"column '{twice}' is there twice");
    }

    /// <summary>The line, counted from 1, on which a record begins; the header is record 0. Empty lines are no records.</summary>
    internal static int LineOf(string file, long record)
    {
        using TextReader reader = Open(file);
        bool quoted = false;
        bool any = false;
        int line = 1;
        long at = 0;
        for (int c = reader.Read(); c >= 0; c = reader.Read())
        {
            if (c == '\r' && reader.Peek() == '\n')
                continue;
            bool ends = c is '\n' or '\r';
            if (!any && !ends)
            {
                if (at++ == record)
                    return line;
                any = true;
            }
            quoted ^= c == '"';
            if (!ends)
                continue;
            line++;
            any &= quoted;
        }
        return line;
    }

    /// <summary>The fields of one record.</summary>
    internal static List<string> SplitRecord(string record, char separator)
    {
        List<string> fields = [];
        var field = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < record.Length; i++)
        {
            char c = record[i];
            if (c == '"')
            {
                if (quoted && i + 1 < record.Length && record[i + 1] == '"')
                    field.Append(record[i++]);
                else
                    quoted = !quoted;
            }
            else if (c == separator && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }
        fields.Add(field.ToString());
        return fields;
    }

    private static char SeparatorOf(string record)
    {
        int[] seen = new int[Separators.Length];
        bool quoted = false;
        foreach (char c in record)
        {
            quoted ^= c == '"';
            int which = quoted ? -1 : Separators.IndexOf(c);
            if (which >= 0)
                seen[which]++;
        }
        return Separators[Array.IndexOf(seen, seen.Max())];
    }

    private static string ReadRecord(TextReader reader, string file)
    {
        var record = new StringBuilder();
        bool quoted = false;
        for (int c = reader.Read(); c >= 0; c = reader.Read())
        {
            quoted ^= c == '"';
            if (c is '\n' or '\r' && !quoted)
            {
                if (record.Length > 0)
                    break;
                continue;
            }
            record.Append((char)c);
            if (record.Length > LongestHeader)
                throw new InvalidFormatException(file, 1, "its header does not end", "is it a CSV file?");
        }
        return record.ToString();
    }

    private static StreamReader Open(string file)
    {
        Stream bytes = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        if (file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            bytes = new GZipStream(bytes, CompressionMode.Decompress);
        return new StreamReader(bytes, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, 1 << 16);
    }
}
