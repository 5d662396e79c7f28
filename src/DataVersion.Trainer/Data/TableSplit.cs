using DataVersion.Tracking.Models;

namespace DataVersion.Trainer.Data;

/// <summary>Which rows are to check with.</summary>
internal sealed class RowSplit(double share, ulong seed)
{
    private const double Range = 18446744073709551616.0; // 2^64

    private readonly ulong _limit = (ulong)(share * Range);
    private readonly ulong _key = RowHash.Key(seed);

    internal bool IsValidation(long row) => RowHash.WithKey(row, _key) < _limit;

    internal long CountValidation(long rows)
    {
        long count = 0;
        for (long row = 0; row < rows; row++)
        {
            if (IsValidation(row))
                count++;
        }
        return count;
    }
}

/// <summary>One part of a table. Its inputs are described by the whole table's values.</summary>
internal sealed class TableSplit(DuckTable table, RowSplit split, bool isValidation, long rows) : ITable
{
    public IReadOnlyList<SignatureInput> Inputs => table.Inputs;

    public long Rows => rows;

    public IAsyncEnumerable<TableBatch> ReadAsync(int batchRows, CancellationToken ct) => table.ReadAsync(batchRows, row => split.IsValidation(row) == isValidation, ct);
}
