using System.Runtime.CompilerServices;
using DataVersion.Trainer.Data;

namespace DataVersion.Trainer.Training;

/// <summary>Reads a table into buffers: the next one is filled while the last one is used.</summary>
internal sealed class BlockReader(ITable table, FeatureLayout layout, int blockRows)
{
    private const int BatchRows = 8192;

    private readonly RowBuffer?[] _buffers = new RowBuffer?[2];

    /// <summary>One pass over the table.</summary>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The rows, in the table's order. A buffer is used again after the next but one was asked for.</returns>
    /// <exception cref="InvalidDataException">The table has another number of rows than it says, or a label that is neither 0 nor 1.</exception>
    internal async IAsyncEnumerable<RowBuffer> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<TableBatch> batches = table.ReadAsync(BatchRows, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var rest = new Rest();
        int turn = 0;
        long seen = 0;
        Task<RowBuffer> next = Task.Run(() => FillAsync(batches, Buffer(0), rest), cancellationToken);
        try
        {
            while (await next is { Rows: > 0 } filled)
            {
                seen += filled.Rows;
                turn ^= 1;
                RowBuffer free = Buffer(turn);
                next = filled.Rows < filled.Capacity ? Task.FromResult(Empty(free)) : Task.Run(() => FillAsync(batches, free, rest), cancellationToken);
                yield return filled;
            }
        }
        finally
        {
            // The enumerator must not be put away while it is read from.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        if (seen != table.Rows)
            throw new InvalidDataException($"the table said {table.Rows} rows and has {seen}");
    }

    private RowBuffer Buffer(int turn) => _buffers[turn] ??= new RowBuffer(layout, (int)Math.Min(blockRows, Math.Max(1, turn == 0 ? table.Rows : Math.Max(1, table.Rows - blockRows))));

    private static RowBuffer Empty(RowBuffer buffer)
    {
        buffer.Rows = 0;
        return buffer;
    }

    private async Task<RowBuffer> FillAsync(IAsyncEnumerator<TableBatch> batches, RowBuffer buffer, Rest rest)
    {
        buffer.Rows = 0;
        while (buffer.Rows < buffer.Capacity)
        {
            if (rest.Batch is null || rest.From == rest.Batch.Rows)
            {
                if (!await batches.MoveNextAsync())
                    break;
                rest.Batch = batches.Current;
                rest.From = 0;
            }
            int rows = Math.Min(rest.Batch.Rows - rest.From, buffer.Capacity - buffer.Rows);
            Copy(rest.Batch, rest.From, buffer, rows);
            rest.From += rows;
            buffer.Rows += rows;
        }
        return buffer;
    }

    private void Copy(TableBatch batch, int from, RowBuffer buffer, int rows)
    {
        static void Part<T>(T[] source, int from, T[] target, int to, int rows, int width) => source.AsSpan(from * width, rows * width).CopyTo(target.AsSpan(to * width));
        Part(batch.Numbers, from, buffer.Raw, buffer.Rows, rows, layout.RawNumbers);
        Part(batch.Categories, from, buffer.Codes, buffer.Rows, rows, layout.Categories);
        Part(batch.Labels, from, buffer.Labels, buffer.Rows, rows, 1);
        if (buffer.Labels.AsSpan(buffer.Rows, rows).ContainsAnyExcept(0f, 1f))
            throw new InvalidDataException("a label is neither 0 nor 1");
    }

    /// <summary>What of the last batch did not fit.</summary>
    private sealed class Rest
    {
        internal TableBatch? Batch { get; set; }

        internal int From { get; set; }
    }
}
