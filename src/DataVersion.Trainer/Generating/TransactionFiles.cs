using System.Globalization;
using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Generating;

/// <summary>Writes transactions into a file, or into the parts of a folder. A file is there whole, or not at all.</summary>
internal static class TransactionFiles
{
    /// <summary>Rows of a part.</summary>
    internal const long PartRows = 1_000_000;

    /// <summary>Writes <paramref name="rows"/> rows and returns the files.</summary>
    /// <param name="generator">Makes the rows.</param>
    /// <param name="rows">How many.</param>
    /// <param name="path">A file that ends in .parquet or .csv, or a folder, which gets parts of a million rows as Parquet.</param>
    /// <param name="replace">Whether a file that is there is replaced.</param>
    /// <param name="ct">Stops, and leaves no half of a file.</param>
    /// <exception cref="UsageException">The name is of no format, or there is something of that name.</exception>
    /// <exception cref="FileAccessException">It cannot be written.</exception>
    internal static async Task<IReadOnlyList<string>> WriteAsync(TransactionGenerator generator, long rows, string path, bool replace, CancellationToken ct)
    {
        bool isCsv = path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
        bool isFile = isCsv || path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);
        if (!isFile && Path.HasExtension(path))
            throw new UsageException($"'{path}' is of no format that is written", "name a file that ends in .parquet or .csv, or a folder");
        CheckFree(path, isFile, replace);
        try
        {
            if (isFile)
            {
                if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent)
                    Directory.CreateDirectory(parent);
                await Task.Run(() => WriteFile(generator, 0, rows, path, isCsv, ct), ct).ConfigureAwait(false);
                return [path];
            }
            return await WritePartsAsync(generator, rows, path, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileAccessException(path, e.Message, null, e);
        }
    }

    private static async Task<IReadOnlyList<string>> WritePartsAsync(TransactionGenerator generator, long rows, string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        long parts = Math.Max(1, (rows + PartRows - 1) / PartRows);
        string[] files = [.. Enumerable.Range(0, checked((int)parts)).Select(i => Path.Join(folder, string.Create(CultureInfo.InvariantCulture, $"part-{i:D5}.parquet")))];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Clamp(Environment.ProcessorCount, 1, 4), CancellationToken = ct };
        await Parallel.ForAsync(0, files.Length, options, (i, stop) =>
        {
            WriteFile(generator, i * PartRows, Math.Min(PartRows, rows - (i * PartRows)), files[i], false, stop);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        return files;
    }

    private static void WriteFile(TransactionGenerator generator, long first, long rows, string path, bool isCsv, CancellationToken ct)
    {
        string whole = Path.GetFullPath(path);
        // A name that begins with a dot is no data to whoever reads the folder meanwhile.
        string temporary = Path.Join(Path.GetDirectoryName(whole), $".{Path.GetFileName(whole)}.{Guid.NewGuid():N}.part");
        try
        {
            if (isCsv)
            {
                using var output = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
                TransactionCsv.Write(output, generator, first, rows, ct);
            }
            else
            {
                WriteParquet(new TransactionRows(generator, first, rows, ct), temporary, path, ct);
            }
            File.Move(temporary, whole, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void WriteParquet(TransactionRows source, string temporary, string path, CancellationToken ct)
    {
        using var database = DuckDatabase.Open(new DuckSettings { Threads = 1 });
        using DuckConnection connection = database.Connect();
        using CancellationTokenRegistration interrupt = ct.Register(connection.Interrupt);
        source.Register(connection, "transactions");
        try
        {
            using DuckStatement statement = connection.Prepare("COPY (SELECT * FROM transactions()) TO $1 (FORMAT parquet, COMPRESSION snappy)");
            using DuckResult result = statement.Bind(1, temporary).Execute();
            while (result.TryFetch() is { } chunk)
                chunk.Dispose();
        }
        catch (DuckException e)
        {
            ct.ThrowIfCancellationRequested();
            throw new FileAccessException(path, e.Problem, null, source.Failure ?? e);
        }
    }

    private static void CheckFree(string path, bool isFile, bool replace)
    {
        if (isFile ? Directory.Exists(path) : File.Exists(path))
            throw new UsageException($"'{path}' is a {(isFile ? "folder" : "file")}", "choose another name");
        if (isFile && File.Exists(path) && !replace)
            throw new UsageException($"'{path}' is there already", "choose another name, or replace it with --force");
        if (!isFile && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new UsageException($"folder '{path}' is not empty", "its data would be mixed with what is made: choose another name, or empty it");
    }
}
