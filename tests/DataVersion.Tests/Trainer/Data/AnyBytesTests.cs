using System.Text;
using DataVersion.Trainer.Data;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Trainer.Data;

public sealed class AnyBytesTests : IDisposable
{
    private static readonly Config Some = Config.QuickThrowOnFailure.WithMaxTest(60);

    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Any_text_is_a_table_or_a_typed_error()
    {
        Gen<string> part = Gen.Elements("1", "0", "x", ",", ",", "\n", "\n", "\r\n", "\"", "\"\"", ";", "é", "\0", " ", "1e999", "NA", "\uFEFF", "2026-01-01");
        Prop.ForAll(part.ArrayOf(30).Select(string.Concat).ToArbitrary(), text => IsTableOrError("a.csv", Encoding.UTF8.GetBytes("a,b,y\n1,2,0\n" + text))).Check(Some);
    }

    [Fact]
    public void Any_bytes_are_a_table_or_a_typed_error() =>
        Prop.ForAll(Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(40).ToArbitrary(), bytes => IsTableOrError("a.csv", bytes)).Check(Some);

    [Fact]
    public void A_parquet_file_with_a_changed_byte_is_a_table_or_a_typed_error()
    {
        byte[] good = File.ReadAllBytes(_data.WriteQuery("good.parquet", "SELECT i AS n, 'w' || (i % 5) AS w, i % 2 AS y FROM range(50) t(i)"));
        Prop.ForAll(Gen.Zip(Gen.Choose(0, good.Length - 1), Gen.Choose(0, 255)).ToArbitrary(), change =>
        {
            byte[] bytes = [.. good];
            bytes[change.Item1] = (byte)change.Item2;
            return IsTableOrError("a.parquet", bytes);
        }).Check(Some);
    }

    /// <summary>Each record on its line, however many lines its fields have and whatever ends them.</summary>
    [Fact]
    public void The_line_of_a_record_is_where_it_begins()
    {
        Gen<string> record = Gen.Elements("a,b", "\"x\ny\",b", "\"\r\n\r\n\",\"q\"\"\n\"", "1,2", ",");
        Gen<string> end = Gen.Elements("\n", "\r\n", "\n\n", "\r\n\r\n\n");
        Prop.ForAll(Gen.Zip(record, end).NonEmptyListOf().ToArbitrary(), records =>
        {
            string path = _data.Write("lines.csv", "h,i\n" + string.Concat(records.Select(r => r.Item1 + r.Item2)));
            int line = 2;
            for (int i = 0; i < records.Count; i++)
            {
                if (CsvFile.LineOf(path, i + 1) != line)
                    return false;
                line += (records[i].Item1 + records[i].Item2).Count(c => c == '\n');
            }
            return true;
        }).Check(Config.QuickThrowOnFailure);
    }

    private bool IsTableOrError(string name, byte[] bytes)
    {
        _data.Write(name, bytes);
        try
        {
            using DuckTable table = Task.Run(() => _data.OpenAsync(name)).GetAwaiter().GetResult();
            TableBatch rows = Task.Run(() => table.ReadAllAsync()).GetAwaiter().GetResult();
            return rows.Rows == table.Rows && rows.Labels.All(l => l is 0 or 1);
        }
        catch (DataVersionException e)
        {
            return !e.Message.Contains('\n', StringComparison.Ordinal);
        }
    }
}
