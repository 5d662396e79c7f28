using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>
/// Files as a table. Its rows are read anew in every pass, a few batches ahead of who takes them: memory does not grow with the files, and the order is theirs.
/// </summary>
public sealed class DuckTable : ITable, IDisposable
{
    /// <summary>Batches that wait for whoever takes them.</summary>
    private const int Ahead = 2;

    private readonly DuckDatabase _database;
    private readonly TableSource _source;
    private readonly TableSchema _schema;
    private readonly string _select;
    private readonly int _numbers;
    private readonly int _raw;

    internal DuckTable(DuckDatabase database, TableSource source, TableSchema schema)
    {
        _database = database;
        _source = source;
        _schema = schema;
        _numbers = schema.Columns.Count(c => !c.IsWords);
        string[] hands = [.. schema.Columns.Zip(schema.Inputs).Where(c => c.Second.Type == SignatureType.Time).SelectMany(c => new[] { SecondOf(c.First, TimeCycles.Day), SecondOf(c.First, TimeCycles.Week) })];
        _raw = _numbers + hands.Length;
        IEnumerable<string> plain = schema.Columns.Append(schema.Target).Select(c => c.IsWords ? c.Sql : $"CAST({c.Sql} AS FLOAT)");
        _select = string.Join(", ", [.. plain.Take(_numbers), .. hands, .. plain.Skip(_numbers)]);
    }

    /// <inheritdoc/>
    public IReadOnlyList<SignatureInput> Inputs => _schema.Inputs;

    /// <inheritdoc/>
    public long Rows => _schema.Rows;

    /// <summary>Rows whose label is 1.</summary>
    public long Positives => _schema.Positives;

    /// <summary>The column that is learnt.</summary>
    public string Target => _schema.Target.Name;

    /// <summary>What the target's labels are called; null where they are numbers, or true and false.</summary>
    public LabelWords? LabelWords => _schema.LabelWords;

    /// <summary>What the user should know: columns that are left out, and why; what was chosen.</summary>
    public IReadOnlyList<string> Warnings => _schema.Warnings;

    /// <summary>The files, as whole paths, in the order of the rows.</summary>
    public IReadOnlyList<string> Files => _source.Files;

    /// <inheritdoc/>
    public IAsyncEnumerable<TableBatch> ReadAsync(int batchRows, CancellationToken ct) => ReadAsync(batchRows, null, ct);

    /// <summary>Parts the rows by a hash of their numbers, into those to learn from and those to check with. Which row goes where depends on row number, seed and share alone.</summary>
    /// <param name="share">Of the rows to check with: above 0, below 1.</param>
    /// <param name="seed">Another seed gives another split.</param>
    /// <exception cref="UsageException">One part would be empty.</exception>
    public (ITable Training, ITable Validation) Split(double share, ulong seed)
    {
        if (share is not (> 0 and < 1))
            throw new UsageException($"a share of {share.ToString(System.Globalization.CultureInfo.InvariantCulture)} for validation leaves nothing", "take one above 0 and below 1, such as 0.2");
        var split = new RowSplit(share, seed);
        long validation = split.CountValidation(Rows);
        if (validation == 0 || validation == Rows)
            throw new UsageException($"{Rows} rows are too few for a validation share of {share.ToString(System.Globalization.CultureInfo.InvariantCulture)}", "take a larger share, or more data");
        return (new TableSplit(this, split, false, Rows - validation), new TableSplit(this, split, true, validation));
    }

    /// <summary>Closes it. Passes that are under way fail.</summary>
    public void Dispose() => _database.Dispose();

    internal async IAsyncEnumerable<TableBatch> ReadAsync(int batchRows, Func<long, bool>? keeps, [EnumeratorCancellation] CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchRows, 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var batches = Channel.CreateBounded<TableBatch>(new BoundedChannelOptions(Ahead) { SingleReader = true, SingleWriter = true });
        Task reading = Task.Run(() => ProduceAsync(batches.Writer, batchRows, keeps, stop.Token), CancellationToken.None);
        try
        {
            await foreach (TableBatch batch in batches.Reader.ReadAllAsync(ct).ConfigureAwait(false))
                yield return batch;
        }
        finally
        {
            // Whoever stops early leaves nothing running behind.
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    private async Task ProduceAsync(ChannelWriter<TableBatch> batches, int batchRows, Func<long, bool>? keeps, CancellationToken ct)
    {
        try
        {
            using DuckConnection connection = _database.Connect();
            using CancellationTokenRegistration interrupt = ct.Register(connection.Interrupt);
            await ReadRowsAsync(connection, batches, batchRows, keeps, ct).ConfigureAwait(false);
            batches.Complete();
        }
        catch (Exception e)
        {
            // Whoever reads gets it.
            batches.Complete(ct.IsCancellationRequested ? new OperationCanceledException(ct) : e is DuckException found ? TableErrors.Of(found, _source.Files) : e);
        }
    }

    private async Task ReadRowsAsync(DuckConnection connection, ChannelWriter<TableBatch> batches, int batchRows, Func<long, bool>? keeps, CancellationToken ct)
    {
        var filler = new BatchFiller(batchRows, _raw, [.. Inputs.Skip(_numbers).Select(i => new WordTable(i.Categories))],
            LabelWords is { } words ? new WordTable([words.Negative, words.Positive]) : null);
        using DuckStatement statement = _source.Prepare(connection, _select);
        using DuckResult result = statement.Execute();
        long row = 0;
        int[] picked = [];
        while (result.TryFetch() is { } chunk)
        {
            using (chunk)
            {
                ct.ThrowIfCancellationRequested();
                if (picked.Length < chunk.Rows)
                    picked = new int[chunk.Rows];
                int count = Pick(picked, row, chunk.Rows, keeps);
                for (int taken = 0; taken < count;)
                {
                    taken += filler.Fill(chunk, picked.AsSpan(taken, count - taken));
                    if (filler.IsFull)
                        await batches.WriteAsync(filler.Take()!, ct).ConfigureAwait(false);
                }
                row += chunk.Rows;
            }
        }
        if (filler.Take() is { } rest)
            await batches.WriteAsync(rest, ct).ConfigureAwait(false);
    }

    /// <summary>In 64 bits, as the model that is served does it.</summary>
    private static string SecondOf(TableColumn time, double period) =>
        string.Create(CultureInfo.InvariantCulture, $"CAST({time.Sql} - floor({time.Sql} / {period:F1}) * {period:F1} AS FLOAT)");

    private static int Pick(int[] picked, long first, int rows, Func<long, bool>? keeps)
    {
        int count = 0;
        for (int i = 0; i < rows; i++)
        {
            if (keeps is null || keeps(first + i))
                picked[count++] = i;
        }
        return count;
    }
}
