using DataVersion.Tracking.Models;

namespace DataVersion.Trainer.Data;

/// <summary>Rows to learn from, or to check with.</summary>
public interface ITable
{
    /// <summary>The columns: numbers and times first, then categories, each with what its values look like.</summary>
    IReadOnlyList<SignatureInput> Inputs { get; }

    /// <summary>How many rows one pass gives.</summary>
    long Rows { get; }

    /// <summary>One pass over the rows, in an order that is always the same.</summary>
    /// <param name="batchRows">Rows of each batch; the last may have fewer.</param>
    /// <param name="ct">Stops the pass.</param>
    IAsyncEnumerable<TableBatch> ReadAsync(int batchRows, CancellationToken ct);
}
