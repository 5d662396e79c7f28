using System.Globalization;
using System.Text;
using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Generating;

/// <summary>Writes transactions as CSV: UTF-8, lines end with LF, no value is an empty field. The same rows are the same bytes.</summary>
internal static class TransactionCsv
{
    private const int LongestLine = 256;

    /// <summary>Writes rows from <paramref name="first"/> on.</summary>
    internal static void Write(Stream output, TransactionGenerator generator, long first, long rows, CancellationToken ct)
    {
        byte[] buffer = new byte[1 << 18];
        int filled = Encoding.UTF8.GetBytes(string.Join(',', TransactionColumns.All.Select((DuckColumn c) => c.Name)) + "\n", buffer);
        for (long row = first; row < first + rows; row++)
        {
            if (buffer.Length - filled < LongestLine)
            {
                ct.ThrowIfCancellationRequested();
                output.Write(buffer, 0, filled);
                filled = 0;
            }
            filled += WriteLine(buffer.AsSpan(filled), generator.Make(row));
        }
        output.Write(buffer, 0, filled);
    }

    private static int WriteLine(Span<byte> line, in Transaction made)
    {
        int at = TransactionColumns.WriteId(line, made.Id);
        line[at++] = (byte)',';
        DateTime.UnixEpoch.AddSeconds(made.Time).TryFormat(line[at..], out int written, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        at += written;
        Comma(line, ref at);
        Number(line, ref at, made.AmountCents / 100);
        line[at++] = (byte)'.';
        line[at++] = (byte)('0' + (made.AmountCents / 10 % 10));
        line[at++] = (byte)('0' + (made.AmountCents % 10));
        Text(line, ref at, TransactionColumns.MerchantCategories[made.MerchantCategory]);
        Comma(line, ref at);
        Number(line, ref at, made.Hour);
        Text(line, ref at, TransactionColumns.Countries[made.Country]);
        Text(line, ref at, made.Device is { } device ? TransactionColumns.Devices[device] : []);
        Comma(line, ref at);
        Number(line, ref at, made.CustomerAge);
        Comma(line, ref at);
        Number(line, ref at, made.AccountDays);
        Text(line, ref at, made.IsForeign ? "true"u8 : "false"u8);
        Comma(line, ref at);
        Number(line, ref at, made.CountLast24Hours);
        Text(line, ref at, made.IsFraud ? "1"u8 : "0"u8);
        line[at++] = (byte)'\n';
        return at;
    }

    private static void Comma(Span<byte> line, ref int at) => line[at++] = (byte)',';

    private static void Text(Span<byte> line, ref int at, ReadOnlySpan<byte> text)
    {
        Comma(line, ref at);
        text.CopyTo(line[at..]);
        at += text.Length;
    }

    private static void Number(Span<byte> line, ref int at, long? value)
    {
        if (value is not { } number)
            return;
        number.TryFormat(line[at..], out int written, default, CultureInfo.InvariantCulture);
        at += written;
    }
}
