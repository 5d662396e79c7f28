using DataVersion.Trainer.Onnx;
using DataVersion.Trainer.Training;
using Xunit;

namespace DataVersion.Tests.Trainer.Training;

public class RowFeederTests
{
    private const int Rows = 40_000;

    private static readonly SampleTable Table = SampleTable.Create(Rows, 3);

    [Theory]
    [InlineData(512, false)]
    [InlineData(512, true)]
    [InlineData(30_000, false)]
    [InlineData(50_000, false)]
    public async Task Each_chunk_holds_the_rows_that_the_order_names_wherever_the_steps_begin(int batch, bool apart)
    {
        var layout = new FeatureLayout(Table.Inputs);
        var graphs = new TrainingGraphs(new Network(layout, []), new TrainingOptions(), 1, 1);
        using Accelerator device = apart ? Accelerator.CpuApart() : Accelerator.Cpu(1);
        using var blocks = new TableBlocks(Table, layout, device, graphs.Prepare(), 1 << 30, batch);
        using var feeder = new RowFeeder(device, graphs, batch);
        await foreach (RowBlock block in blocks.ReadAsync(TestContext.Current.CancellationToken))
        {
            // Twice: the order is another one in each epoch, and what was brought together ahead is not used in it.
            for (int epoch = 0; epoch < 2; epoch++)
            {
                var order = new long[block.Rows];
                new SeededRandom(1, RandomUse.Order, epoch).Shuffle(order);
                feeder.Use(block, order);
                foreach (int place in (int[])[.. epoch == 0 ? [0, 511, 16_384] : Array.Empty<int>(), 20_000, 32_768, 39_999, 100, 39_000, 0])
                    Check(device, feeder.At(place), place, order);
            }
        }
    }

    [Fact]
    public void Without_rows_there_is_nothing_to_take()
    {
        var graphs = new TrainingGraphs(new Network(new FeatureLayout(Table.Inputs), []), new TrainingOptions(), 1, 1);
        using Accelerator device = Accelerator.Cpu(1);
        using var feeder = new RowFeeder(device, graphs, 512);

        Assert.Throws<InvalidOperationException>(() => feeder.At(0));
    }

    private static void Check(Accelerator device, RowChunk chunk, int place, long[] order)
    {
        Assert.InRange(place, chunk.Start, chunk.End - 1);
        float[] labels = device.Fetch<float>(chunk.Labels, ElementType.Float);
        int[] codes = device.Fetch<int>(chunk.Codes!, ElementType.Int32);
        Assert.Equal((chunk.End - chunk.Start, (chunk.End - chunk.Start) * 2), (labels.Length, codes.Length));
        for (int i = 0; i < labels.Length; i++)
        {
            int row = (int)order[chunk.Start + i];
            Assert.True(labels[i] == Table.Labels[row] && codes.AsSpan(i * 2, 2).SequenceEqual(Table.Codes(row)), $"place {chunk.Start + i} of the order");
        }
    }
}
