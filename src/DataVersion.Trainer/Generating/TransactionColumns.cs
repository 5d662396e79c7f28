using System.Text;
using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Generating;

/// <summary>How transactions are written: what their columns are called, and their words as UTF-8.</summary>
internal static class TransactionColumns
{
    internal const string Target = "is_fraud";

    internal static readonly DuckColumn[] All =
    [
        new("transaction_id", DuckType.Varchar),
        new("timestamp", DuckType.Timestamp),
        new("amount", DuckType.Double),
        new("merchant_category", DuckType.Varchar),
        new("hour", DuckType.Integer),
        new("country", DuckType.Varchar),
        new("device", DuckType.Varchar),
        new("customer_age", DuckType.Integer),
        new("account_days", DuckType.Integer),
        new("is_foreign", DuckType.Boolean),
        new("n_last_24h", DuckType.Integer),
        new(Target, DuckType.Integer),
    ];

    internal static readonly byte[][] MerchantCategories = [.. TransactionWords.MerchantCategories.Select(c => Encoding.UTF8.GetBytes(c.Name))];
    internal static readonly byte[][] Countries = [.. TransactionWords.Countries.Select(c => Encoding.UTF8.GetBytes(c.Name))];
    internal static readonly byte[][] Devices = [.. TransactionWords.Devices.Select(c => Encoding.UTF8.GetBytes(c.Name))];

    /// <summary>Writes <c>T000000001</c>, and returns its length.</summary>
    internal static int WriteId(Span<byte> target, long id)
    {
        const int Digits = 9;
        int digits = Digits;
        for (long rest = id / 1_000_000_000; rest > 0; rest /= 10)
            digits++;
        target[0] = (byte)'T';
        for (int i = digits; i > 0; i--)
        {
            target[i] = (byte)('0' + (id % 10));
            id /= 10;
        }
        return digits + 1;
    }
}
