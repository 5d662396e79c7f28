using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data;
using DataVersion.Trainer.Generating;
using Xunit;

namespace DataVersion.Tests.Trainer.Data;

public sealed class TableReadingTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(2048)]
    [InlineData(5000)]
    [InlineData(10_000)]
    public async Task Batches_are_full_but_for_the_last(int batchRows)
    {
        _data.WriteQuery("a.parquet", "SELECT i AS n, i % 2 AS y FROM range(5000) t(i)");
        using DuckTable table = await _data.OpenAsync("a.parquet");

        List<TableBatch> batches = await ToListAsync(table, batchRows);

        Assert.All(batches.SkipLast(1), b => Assert.Equal(batchRows, b.Rows));
        Assert.All(batches, b => Assert.Equal((b.Rows, b.Rows), (b.Numbers.Length, b.Labels.Length)));
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => (float)i), batches.SelectMany(b => b.Numbers));
    }

    [Theory]
    [InlineData("t.csv")]
    [InlineData("t.parquet")]
    public async Task The_order_is_that_of_the_file_with_any_number_of_threads(string name)
    {
        const int Rows = 150_000;
        await TransactionFiles.WriteAsync(new TransactionGenerator(Rows, 3, 0.05, new DateOnly(2026, 1, 1)), Rows, _data.At(name), false, TestContext.Current.CancellationToken);
        List<(string Described, TableBatch Rows)> read = [];
        foreach (int threads in (int[])[1, 2, 4])
        {
            using DuckTable table = await _data.OpenAsync(name, "is_fraud", new TableOptions { Threads = threads });
            read.Add((table.Describe(), await table.ReadAllAsync(4096)));
        }

        Assert.All(read, r => Assert.Equal(read[0].Described, r.Described));
        Assert.All(read, r => Assert.Equal(read[0].Rows.Numbers, r.Rows.Numbers));
        Assert.All(read, r => Assert.Equal(read[0].Rows.Categories, r.Rows.Categories));
        Assert.All(read, r => Assert.Equal(read[0].Rows.Labels, r.Rows.Labels));
        int timestamp = 0;
        float[] times = [.. read[0].Rows.Numbers.Where((_, i) => i % 9 == timestamp)];
        Assert.Equal(times.Order(), times);
    }

    [Fact]
    public async Task A_split_parts_the_rows_the_same_way_every_time()
    {
        _data.WriteQuery("a.parquet", "SELECT i AS n, i % 2 AS y FROM range(20000) t(i)");
        using DuckTable table = await _data.OpenAsync("a.parquet");

        (ITable training, ITable validation) = table.Split(0.2, 42);
        float[] learnt = (await training.ReadAllAsync(512)).Numbers;
        float[] kept = (await validation.ReadAllAsync()).Numbers;

        Assert.Equal((training.Rows, validation.Rows), (learnt.Length, kept.Length));
        Assert.InRange(validation.Rows, 3_800, 4_200);
        Assert.Equal(learnt.Order(), learnt);
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => (float)i), learnt.Concat(kept).Order());
        Assert.Equal(kept, (await table.Split(0.2, 42).Validation.ReadAllAsync(77)).Numbers);
        Assert.NotEqual(kept, (await table.Split(0.2, 43).Validation.ReadAllAsync()).Numbers);
        // A larger share keeps what a smaller one has.
        Assert.Empty(kept.Except((await table.Split(0.3, 42).Validation.ReadAllAsync()).Numbers));
        Assert.Same(table.Inputs, training.Inputs);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    [InlineData(0.0001)]
    public async Task A_share_that_leaves_nothing_is_refused(double share)
    {
        _data.Write("a.csv", "n,y\n1,0\n2,1\n");
        using DuckTable table = await _data.OpenAsync("a.csv");

        Assert.Throws<UsageException>(() => table.Split(share, 1));
    }

    [Fact]
    public async Task Who_stops_early_can_read_again()
    {
        _data.WriteQuery("a.parquet", "SELECT i AS n, i % 2 AS y FROM range(500000) t(i)");
        using DuckTable table = await _data.OpenAsync("a.parquet");

        await foreach (TableBatch batch in table.ReadAsync(100, TestContext.Current.CancellationToken))
        {
            Assert.Equal(0, batch.Numbers[0]);
            break;
        }

        Assert.Equal(500_000, (await table.ReadAllAsync(100_000)).Rows);
    }

    [Fact]
    public async Task Two_passes_may_be_under_way_at_once()
    {
        _data.WriteQuery("a.parquet", "SELECT i AS n, i % 2 AS y FROM range(50000) t(i)");
        using DuckTable table = await _data.OpenAsync("a.parquet");

        TableBatch[] both = await Task.WhenAll(table.ReadAllAsync(), table.ReadAllAsync(999));

        Assert.Equal(both[0].Numbers, both[1].Numbers);
    }

    [Fact]
    public async Task Reading_and_opening_can_be_cancelled()
    {
        _data.WriteQuery("a.parquet", "SELECT i AS n, i % 2 AS y FROM range(500000) t(i)");
        using DuckTable table = await _data.OpenAsync("a.parquet");
        using var stop = new CancellationTokenSource();
        int batches = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (TableBatch batch in table.ReadAsync(100, stop.Token))
            {
                if (++batches == 3)
                    await stop.CancelAsync();
            }
        });

        Assert.InRange(batches, 3, 10);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TableFactory.OpenAsync([_data.At("a.parquet")], "y", new TableOptions(), stop.Token));
        Assert.Equal(SignatureType.Number, table.Inputs[0].Type);
    }

    [Fact]
    public async Task A_file_that_is_gone_in_the_meantime_is_named()
    {
        string path = _data.WriteQuery("a.parquet", "SELECT i AS n, i % 2 AS y FROM range(10) t(i)");
        using DuckTable table = await _data.OpenAsync("a.parquet");
        File.Delete(path);

        DataVersionException error = await Assert.ThrowsAnyAsync<DataVersionException>(() => table.ReadAllAsync());

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    private static async Task<List<TableBatch>> ToListAsync(DuckTable table, int batchRows)
    {
        List<TableBatch> batches = [];
        await foreach (TableBatch batch in table.ReadAsync(batchRows, TestContext.Current.CancellationToken))
            batches.Add(batch);
        return batches;
    }
}
