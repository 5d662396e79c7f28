using System.IO.Compression;
using System.Text;
using DataVersion.Testing;
using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data;
using DataVersion.Trainer.Data.DuckDb;
using Xunit;

namespace DataVersion.Tests.Trainer.Data;

/// <summary>A folder of data files for one test, and short ways to write and open them.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly TempFolder _folder = new();

    internal string Path => _folder.Path;

    internal string At(string name) => _folder.At(name);

    internal string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    internal string Write(string name, byte[] bytes)
    {
        string path = At(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        if (name.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var zipped = new GZipStream(File.Create(path), CompressionLevel.Fastest);
            zipped.Write(bytes);
        }
        else
        {
            File.WriteAllBytes(path, bytes);
        }
        return path;
    }

    /// <summary>Writes what a query gives as Parquet (or CSV, by name).</summary>
    internal string WriteQuery(string name, string sql)
    {
        string path = At(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        using var database = DuckDatabase.Open(new DuckSettings());
        using DuckConnection connection = database.Connect();
        string format = name.EndsWith(".parquet", StringComparison.Ordinal) ? "FORMAT parquet" : "FORMAT csv, HEADER true";
        using DuckStatement statement = connection.Prepare($"COPY ({sql}) TO $1 ({format})");
        using DuckResult result = statement.Bind(1, path).Execute();
        while (result.TryFetch() is { } chunk)
            chunk.Dispose();
        return path;
    }

    internal Task<DuckTable> OpenAsync(string name, string target = "y", TableOptions? options = null) =>
        TableFactory.OpenAsync([At(name)], target, options ?? new TableOptions(), TestContext.Current.CancellationToken);

    internal Task<DuckTable> OpenLikeAsync(string name, DuckTable like) =>
        TableFactory.OpenLikeAsync([At(name)], like.Target, like.Inputs, like.LabelWords, new TableOptions(), TestContext.Current.CancellationToken);

    public void Dispose() => _folder.Dispose();
}

internal static class TableReading
{
    /// <summary>All rows in one batch.</summary>
    internal static async Task<TableBatch> ReadAllAsync(this ITable table, int batchRows = 1000)
    {
        List<TableBatch> batches = [];
        await foreach (TableBatch batch in table.ReadAsync(batchRows, TestContext.Current.CancellationToken))
            batches.Add(batch);
        return new TableBatch
        {
            Rows = batches.Sum(b => b.Rows),
            Numbers = [.. batches.SelectMany(b => b.Numbers)],
            Categories = [.. batches.SelectMany(b => b.Categories)],
            Labels = [.. batches.SelectMany(b => b.Labels)],
        };
    }

    internal static string[] NamesOf(this ITable table, SignatureType type) => [.. table.Inputs.Where(i => i.Type == type).Select(i => i.Name)];

    /// <summary>What a table says about its values, as text.</summary>
    internal static string Describe(this ITable table) => Encoding.UTF8.GetString(new ModelSignature { ModelSha256 = "", Target = "y", Threshold = 0.5, Inputs = table.Inputs }.ToBytes());
}
