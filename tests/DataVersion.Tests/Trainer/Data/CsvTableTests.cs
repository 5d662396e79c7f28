using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data;
using Xunit;

namespace DataVersion.Tests.Trainer.Data;

public sealed class CsvTableTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Numbers_flags_times_and_words_are_told_apart()
    {
        _data.Write("a.csv", "n,flag,when,word,y\n1.5,true,2026-01-01 00:00:00,red,0\n-2e3,FALSE,2026-01-02T00:00:00.5Z,blue,1\n,true,2026-01-01T02:00:00+02:00,red,0\n");

        using DuckTable table = await _data.OpenAsync("a.csv");
        TableBatch rows = await table.ReadAllAsync();

        Assert.Equal(["n", "flag"], table.NamesOf(SignatureType.Number));
        Assert.Equal(["when"], table.NamesOf(SignatureType.Time));
        Assert.Equal(["word"], table.NamesOf(SignatureType.Category));
        Assert.Equal(["red", "blue"], table.Inputs[3].Categories);
        // Behind the numbers and the time: the second of the day, and of the week from Thursday on.
        Assert.Equal([1.5f, 1, 1767225600, 0, 0, -2000, 0, 1767312000, 0.5f, 86_400.5f, float.NaN, 1, 1767225600, 0, 0], rows.Numbers);
        Assert.Equal([1, 2, 1], rows.Categories);
        Assert.Equal([0f, 1, 0], rows.Labels);
        Assert.Equal((3, 1), (table.Rows, table.Positives));
    }

    [Theory]
    [InlineData("a.csv", "\uFEFFn,w,y\r\n1,\"x, \"\"y\"\"\",0\r\n\r\n2,\"two\r\nlines\",1\r\n3,\"two\r\nlines\",1\r\n")]
    [InlineData("a.csv.gz", "n,w,y\n1,\"x, \"\"y\"\"\",0\n2,\"two\r\nlines\",1\n3,\"two\r\nlines\",1")]
    [InlineData("a.tsv", "n\tw\ty\n1\t\"x, \"\"y\"\"\"\t0\n2\t\"two\r\nlines\"\t1\n3\t\"two\r\nlines\"\t1\n")]
    [InlineData("a.csv", "n;w;y\n1;x, \"y\";0\n2;\"two\r\nlines\";1\n3;\"two\r\nlines\";1\n")]
    public async Task Dialects_say_the_same(string name, string text)
    {
        // RFC 4180 wants fields with quotes to be quoted: the last dialect quotes them too.
        _data.Write(name, text.Replace("x, \"y\";", "\"x, \"\"y\"\"\";", StringComparison.Ordinal));

        using DuckTable table = await _data.OpenAsync(name);
        TableBatch rows = await table.ReadAllAsync();

        Assert.Equal([1f, 2, 3], rows.Numbers);
        Assert.Equal(["two\r\nlines", "x, \"y\""], table.Inputs[1].Categories);
        Assert.Equal([2, 1, 1], rows.Categories);
        Assert.Equal([0f, 1, 1], rows.Labels);
    }

    [Fact]
    public async Task Columns_have_any_names()
    {
        string[] names = ["a\"b", "größe 😀", "with space", "select", "A", "a", "x; DROP TABLE t; --", "'", "y"];
        string header = string.Join(',', names.Select(n => $"\"{n.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
        _data.Write("it's [odd] *?.csv", $"{header}\n1,2,3,4,5,6,7,8,0\n2,3,4,5,6,7,8,9,1\n");

        using DuckTable table = await _data.OpenAsync("it's [odd] *?.csv");
        TableBatch rows = await table.ReadAllAsync();

        Assert.Equal(names[..^1], table.Inputs.Select(i => i.Name));
        Assert.Equal([1f, 2, 3, 4, 5, 6, 7, 8, 2, 3, 4, 5, 6, 7, 8, 9], rows.Numbers);
    }

    [Fact]
    public async Task Not_available_is_no_number_but_may_be_a_country()
    {
        _data.Write("a.csv", "n,country,y\nNA,NA,0\nn/a,DE,1\nNaN,NA,0\nnull,DE,1\n,NA,0\n5,,1\n6,NA,0\n7,DE,0\n8,DE,0\n");

        using DuckTable table = await _data.OpenAsync("a.csv");
        TableBatch rows = await table.ReadAllAsync();

        Assert.Equal([float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, 5, 6, 7, 8], rows.Numbers);
        Assert.Equal(["DE", "NA"], table.Inputs[1].Categories);
        Assert.Equal([2, 1, 2, 1, 2, 0, 2, 1, 1], rows.Categories);
        Assert.Equal((5, 1), (table.Inputs[0].Statistics.Missing, table.Inputs[1].Statistics.Missing));
    }

    [Fact]
    public async Task A_value_that_is_no_number_is_named_with_its_file_line_and_column()
    {
        _data.Write("d/1.csv", "w,n,y\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"a,{i},{i % 2}\n")));
        string bad = _data.Write("d/2.csv", "w,n,y\r\n\"two\r\nlines\",1,0\r\n\r\nb,2,1\r\nb,1O,1\r\n");

        var error = await Assert.ThrowsAsync<InvalidFormatException>(() => _data.OpenAsync("d"));

        Assert.Equal((bad, 6), (error.File, error.Line));
        Assert.Equal("column 'n': '1O' is no number", error.Problem);
        Assert.Contains("--category n", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("maybe", "true", "neither true nor false")]
    [InlineData("2026-13-01", "2026-01-01", "no time")]
    public async Task Flags_and_times_are_checked_too(string wrong, string right, string problem)
    {
        _data.Write("a.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"{right},{i % 2}\n")) + $"{wrong},0\n");

        var error = await Assert.ThrowsAsync<InvalidFormatException>(() => _data.OpenAsync("a.csv"));

        Assert.Equal((22, $"column 'x': '{wrong}' is {problem}"), (error.Line!.Value, error.Problem));
    }

    [Fact]
    public async Task A_column_of_numbers_may_be_taken_for_words()
    {
        _data.Write("a.csv", "code,y\n007,0\n7,1\n007,1\n7,0\n");

        using DuckTable table = await _data.OpenAsync("a.csv", options: new TableOptions { Categories = ["code"] });

        Assert.Equal(["007", "7"], table.Inputs[0].Categories);
        TableBatch rows = await table.ReadAllAsync();
        Assert.Equal([1, 2, 1, 2], rows.Categories);
    }

    [Fact]
    public async Task A_column_that_is_empty_at_first_shows_what_it_is_later()
    {
        _data.Write("a.csv", "late,y\n" + string.Concat(Enumerable.Range(0, 30_000).Select(i => $"{(i < 25_000 ? "" : $"2026-01-0{1 + (i % 2)}")},{i % 2}\n")));

        using DuckTable table = await _data.OpenAsync("a.csv");

        Assert.Equal(SignatureType.Time, table.Inputs[0].Type);
        Assert.Equal(25_000, table.Inputs[0].Statistics.Missing);
    }
}
