using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data;
using Xunit;

namespace DataVersion.Tests.Trainer.Data;

public sealed class TableSchemaTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Both_formats_give_the_same_rows_and_statistics()
    {
        const string Sql = """"
            SELECT i % 97 AS "whole ""n""", CASE WHEN i % 11 = 0 THEN NULL ELSE i / 7.0 END AS "größe", (i % 5)::DECIMAL(9, 2) / 3 AS price, i % 3 = 0 AS flag,
                TIMESTAMP '2026-01-01 00:00:00' + to_seconds(i * 61) AS at, DATE '2026-01-01' + (i % 30)::INTEGER AS day,
                CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN 'a,b' WHEN 2 THEN 'ein "Wort", das länger als zwölf Bytes ist' ELSE 'NA' END AS word, i % 13 = 0 AS y
            FROM range(5000) t(i)
            """";
        _data.WriteQuery("a.parquet", Sql);
        _data.WriteQuery("a.csv", Sql);

        using DuckTable parquet = await _data.OpenAsync("a.parquet");
        using DuckTable csv = await _data.OpenAsync("a.csv");
        TableBatch one = await parquet.ReadAllAsync();
        TableBatch other = await csv.ReadAllAsync(batchRows: 333);

        Assert.Equal(5000, one.Rows);
        Assert.Equal(["whole \"n\"", "größe", "price", "flag"], parquet.NamesOf(SignatureType.Number));
        Assert.Equal(["at", "day"], parquet.NamesOf(SignatureType.Time));
        Assert.Equal(3, parquet.Inputs[6].Categories.Count);
        Assert.Equal(one.Numbers, other.Numbers);
        Assert.Equal(one.Categories, other.Categories);
        Assert.Equal(one.Labels, other.Labels);
        Assert.Equal(parquet.Describe(), csv.Describe());
    }

    [Fact]
    public async Task Columns_that_say_nothing_are_left_out_with_a_warning()
    {
        _data.WriteQuery("a.parquet", """
            SELECT i AS n, 7 AS constant, NULL::DOUBLE AS nothing, '' AS nothing_too, 'x' AS same, 'id' || i AS id, [i] AS list, CASE WHEN i % 2 = 0 THEN 'x' END AS there, i % 2 AS y
            FROM range(100) t(i)
            """);

        using DuckTable table = await _data.OpenAsync("a.parquet", options: new TableOptions { Ignore = [] });

        Assert.Equal(["n", "there"], table.Inputs.Select(i => i.Name));
        Assert.Equal(6, table.Warnings.Count);
        Assert.Contains("column 'constant' is 7 in every row that has a value: left out", table.Warnings);
        Assert.Contains("column 'nothing' has no value in any row: left out", table.Warnings);
        Assert.Contains("column 'nothing_too' has no value in any row: left out", table.Warnings);
        Assert.Contains("column 'same' is 'x' in every row: left out", table.Warnings);
        Assert.Contains("column 'id' has another word in almost every row: left out", table.Warnings);
        Assert.Contains("column 'list' is of type List, and neither numbers nor words: left out", table.Warnings);
    }

    [Fact]
    public async Task The_most_frequent_words_are_kept_and_the_rest_is_unseen()
    {
        // 'w1' once, 'w2' twice, … 'w9' nine times, and 'v9' nine times too.
        string text = "w,y\n" + string.Concat(Enumerable.Range(1, 9).SelectMany(n => Enumerable.Repeat($"w{n},{n % 2}\n", n))) + string.Concat(Enumerable.Repeat("v9,1\n", 9));
        _data.Write("a.csv", text);

        using DuckTable table = await _data.OpenAsync("a.csv", options: new TableOptions { MaxCategories = 3 });
        TableBatch rows = await table.ReadAllAsync();

        Assert.Equal(["v9", "w9", "w8"], table.Inputs[0].Categories);
        Assert.Equal([9 / 54.0, 9 / 54.0, 8 / 54.0], table.Inputs[0].Statistics.Frequencies);
        Assert.Equal(28, rows.Categories.Count(c => c == 0));
        Assert.Contains(table.Warnings, w => w.Contains("has 10 words: the 3 most frequent are kept", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_table_is_read_with_the_same_codes()
    {
        _data.Write("train.csv", "n,w,y\n1,red,no\n2,blue,yes\n3,red,no\n4,a word of more than twelve bytes,no\n5,a word of more than twelve bytes,no\n");
        _data.Write("other.csv", "y,extra,w,n\nyes,1,a word of more than twelve bytes,9\nno,1,green,8\nno,1,another word that is as long as it,\nno,1,,7\nyes,1,red,6\n");

        using DuckTable train = await _data.OpenAsync("train.csv");
        using DuckTable other = await _data.OpenLikeAsync("other.csv", train);
        TableBatch rows = await other.ReadAllAsync();

        Assert.Equal(train.Inputs, other.Inputs);
        Assert.Equal(new LabelWords("no", "yes"), other.LabelWords);
        Assert.Equal(["a word of more than twelve bytes", "red", "blue"], train.Inputs[1].Categories);
        Assert.Equal([1, 0, 0, 0, 2], rows.Categories);
        Assert.Equal([9f, 8, float.NaN, 7, 6], rows.Numbers);
        Assert.Equal([1f, 0, 0, 0, 1], rows.Labels);
    }

    [Theory]
    [InlineData("no,no,yes", null, "yes")]
    [InlineData("legit,fraud,fraud", null, "fraud")]
    [InlineData("good,good,bad", null, "bad")]
    [InlineData("good,good,bad", "good", "good")]
    [InlineData("b,a,a,b", null, "b")]
    public async Task Of_two_words_one_is_the_positive(string labels, string? wanted, string positive)
    {
        _data.Write("a.csv", "n,y\n" + string.Concat(labels.Split(',').Select((l, i) => $"{i},{l}\n")));

        using DuckTable table = await _data.OpenAsync("a.csv", options: new TableOptions { Positive = wanted });

        Assert.Equal(positive, table.LabelWords?.Positive);
        Assert.Equal(labels.Split(',').Select(l => l == positive ? 1f : 0), (await table.ReadAllAsync()).Labels);
    }

    [Theory]
    [InlineData("true", "false")]
    [InlineData("1", "0")]
    [InlineData("1.0", "0.0")]
    public async Task Labels_may_be_flags_or_numbers(string one, string zero)
    {
        _data.Write("a.csv", $"n,y\n1,{one}\n2,{zero}\n");

        using DuckTable table = await _data.OpenAsync("a.csv");

        Assert.Null(table.LabelWords);
        TableBatch rows = await table.ReadAllAsync();
        Assert.Equal([1f, 0], rows.Labels);
    }

    [Fact]
    public async Task A_folder_is_read_in_the_order_of_its_names()
    {
        _data.WriteQuery("d/b/1.parquet", "SELECT 3 AS n, 1 AS y");
        _data.WriteQuery("d/a.parquet", "SELECT 1::BIGINT AS y, 1.5 AS n");
        _data.WriteQuery("d/b.parquet", "SELECT 2::TINYINT AS n, 0 AS y");
        _data.Write("d/_SUCCESS.csv", "nothing");

        using DuckTable table = await _data.OpenAsync("d");

        // '.' comes before '/'.
        Assert.Equal(["a.parquet", "b.parquet", "1.parquet"], table.Files.Select(Path.GetFileName));
        TableBatch rows = await table.ReadAllAsync();
        Assert.Equal([1.5f, 2, 3], rows.Numbers);
    }
}
