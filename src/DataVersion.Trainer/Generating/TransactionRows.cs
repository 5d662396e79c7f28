using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Generating;

/// <summary>Transactions as rows that DuckDB reads, to write them as Parquet.</summary>
internal sealed class TransactionRows(TransactionGenerator generator, long first, long rows, CancellationToken ct) : DuckRowSource
{
    private const long Microseconds = 1_000_000;

    private readonly long _end = first + rows;
    private long _next = first;

    internal override IReadOnlyList<DuckColumn> Columns => TransactionColumns.All;

    internal override int Fill(DuckOutput output)
    {
        ct.ThrowIfCancellationRequested();
        int count = (int)Math.Min(DuckOutput.Room, _end - _next);
        Span<long> times = output.Values<long>(1);
        Span<double> amounts = output.Values<double>(2);
        Span<int> hours = output.Values<int>(4);
        Span<int> ages = output.Values<int>(7);
        Span<int> accounts = output.Values<int>(8);
        Span<byte> foreign = output.Values<byte>(9);
        Span<int> counts = output.Values<int>(10);
        Span<int> labels = output.Values<int>(11);
        Span<byte> id = stackalloc byte[24];
        for (int row = 0; row < count; row++)
        {
            Transaction made = generator.Make(_next++);
            output.SetText(0, row, id[..TransactionColumns.WriteId(id, made.Id)]);
            times[row] = made.Time * Microseconds;
            amounts[row] = made.AmountCents / 100.0;
            output.SetText(3, row, TransactionColumns.MerchantCategories[made.MerchantCategory]);
            hours[row] = made.Hour;
            output.SetText(5, row, TransactionColumns.Countries[made.Country]);
            if (made.Device is { } device)
                output.SetText(6, row, TransactionColumns.Devices[device]);
            else
                output.SetMissing(6, row);
            Set(output, ages, 7, row, made.CustomerAge);
            accounts[row] = made.AccountDays;
            foreign[row] = made.IsForeign ? (byte)1 : (byte)0;
            Set(output, counts, 10, row, made.CountLast24Hours);
            labels[row] = made.IsFraud ? 1 : 0;
        }
        return count;
    }

    private static void Set(DuckOutput output, Span<int> values, int column, int row, int? value)
    {
        values[row] = value ?? 0;
        if (value is null)
            output.SetMissing(column, row);
    }
}
