using DataVersion.Trainer.Data;
using DataVersion.Trainer.Generating;
using DataVersion.Trainer.Training;

namespace DataVersion.Benchmarks.Training;

/// <summary>Made-up payments as one block of rows on a device, in an order of their own: what a step takes its batch from.</summary>
internal sealed class TrainingData : IDisposable
{
    /// <summary>Rows of the block: several times what any cache holds, and what <c>--memory</c> allows for.</summary>
    internal const int Rows = 1 << 18;

    private readonly DuckTable _table;
    private readonly TableBlocks _blocks;

    private TrainingData(DuckTable table, TableBlocks blocks, FeatureLayout layout, RowBlock block)
    {
        _table = table;
        _blocks = blocks;
        Layout = layout;
        Block = block;
        Order = new long[block.Rows];
        new SeededRandom(1, RandomUse.Order).Shuffle(Order);
    }

    internal FeatureLayout Layout { get; }

    internal RowBlock Block { get; }

    internal long[] Order { get; }

    /// <summary>Writes the rows as Parquet where they are not there, and reads them as the trainer does.</summary>
    internal static async Task<TrainingData> OpenAsync(string folder, Accelerator device)
    {
        string file = Path.Combine(folder, "payments.parquet");
        if (!File.Exists(file))
            await TransactionFiles.WriteAsync(new TransactionGenerator(Rows, 1, 0.02, new DateOnly(2026, 1, 1)), Rows, file, replace: false, CancellationToken.None);
        DuckTable table = await TableFactory.OpenAsync([file], TransactionColumns.Target, new TableOptions(), CancellationToken.None);
        var layout = new FeatureLayout(table.Inputs);
        byte[] prepare = new TrainingGraphs(new Network(layout, []), new TrainingOptions(), 1, 1).Prepare();
        var blocks = new TableBlocks(table, layout, device, prepare, 1L << 30, 1);
        await foreach (RowBlock block in blocks.ReadAsync(CancellationToken.None))
            return new TrainingData(table, blocks, layout, block);
        throw new InvalidOperationException("the table has no rows");
    }

    public void Dispose()
    {
        _blocks.Dispose();
        _table.Dispose();
    }
}
