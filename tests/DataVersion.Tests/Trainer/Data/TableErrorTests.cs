using DataVersion.Trainer.Data;
using Xunit;

namespace DataVersion.Tests.Trainer.Data;

public sealed class TableErrorTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("", "has no header")]
    [InlineData("a,b\n1,2\n", "no column 'y'")]
    [InlineData("a,y\n", "has no rows")]
    [InlineData("a,a,y\n1,2,0\n", "column 'a' is there twice")]
    [InlineData("a,,y\n1,2,0\n", "column 2 has no name")]
    [InlineData("a,y\n1,0\n2,2\n", "a.csv:3: column 'y', the target, is 2, and neither 0 nor 1")]
    [InlineData("a,y\n1,0\n2,\n3,1\n", "a.csv:3: column 'y', the target, has no value")]
    [InlineData("a,y\n1,yes\n2,no\n3,perhaps\n", "a.csv:4: column 'y', the target, is 'perhaps', and neither 'yes' nor 'no'")]
    [InlineData("a,y\n1,2026-01-01\n2,2026-01-02\n", "it holds times")]
    [InlineData("a,y\n1,0\n2,0\n", "is 0 in every row")]
    [InlineData("a,y\n1,no\n2,no\n", "is 'no' in every row")]
    [InlineData("y\n1\n0\n", "no column is left")]
    [InlineData("a,y\n5,0\n5,1\n", "no column is left")]
    [InlineData("a,b,y\n1,2,0\n1,1\n", "a.csv:3: it has 2 fields, and the header 3")]
    [InlineData("a,b,y\n1,2,0\n1,1,1,1\n", "a.csv:3: it has 4 fields, and the header 3")]
    [InlineData("a,y\n1,0\n\"2,1\n", "a quote is not closed")]
    [InlineData("a,y\n1,0\n1e39,1\n", "a.csv:3: column 'a': 1E+39 is more than a float32 holds")]
    [InlineData("a,y\n1,0\ninf,1\n", "a.csv:3: column 'a': Infinity is more")]
    public async Task What_is_wrong_with_a_file_is_said_with_its_place(string text, string problem)
    {
        _data.Write("a.csv", text);

        DataVersionException error = await FailAsync("a.csv");

        Assert.True(error is InvalidFormatException or UsageException, error.ToString());
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("1.csv:a,y\n1,0\n2,1\n", "2.csv:a,b,y\n1,1,0\n", "2.csv: has a column 'b', which")]
    [InlineData("1.csv:a,b,y\n1,1,0\n", "2.csv:a,y\n1,0\n2,1\n", "2.csv: has no column 'b', which")]
    [InlineData("1.csv:a,b,y\n1,1,0\n", "2.csv:b,a,y\n1,1,0\n", "2.csv:1: column 1 is 'b', and 'a' in")]
    [InlineData("1.csv:a,y\n1,0\n", "2.csv:a;y\n1;0\n", "2.csv:1: its fields are parted by ';', those of")]
    [InlineData("1.csv:a,y\n1,0\n", "2.parquet:PAR1", "2.parquet: is of another format than")]
    public async Task Files_that_do_not_go_together_are_refused(string first, string second, string problem)
    {
        foreach (string[] file in (string[][])[first.Split(':', 2), second.Split(':', 2)])
            _data.Write(file[0], file[1]);

        Assert.Contains(problem, (await FailAsync("")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_files_of_other_types_are_refused_with_the_column()
    {
        _data.WriteQuery("1.parquet", "SELECT 1.5 AS a, 0 AS y");
        string second = _data.WriteQuery("2.parquet", "SELECT 'x' AS a, 1 AS y");

        var error = Assert.IsType<InvalidFormatException>(await FailAsync(""));

        Assert.Equal(second, error.File);
        Assert.StartsWith("column 'a' is of type Varchar, and of type Decimal in ", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_or_of_no_use_is_named()
    {
        Directory.CreateDirectory(_data.At("empty/_temporary"));
        _data.Write("empty/.hidden.csv", "a,y\n1,0\n");
        _data.Write("a.txt", "a,y\n1,0\n");
        _data.Write("a.csv", "a,b,y\n1,2,0\n2,1,1\n");

        Assert.Contains("there is no file or folder", (await FailAsync("none.csv")).Message, StringComparison.Ordinal);
        Assert.Contains("holds no data", (await FailAsync("empty")).Message, StringComparison.Ordinal);
        Assert.Contains("of no format that is known", (await FailAsync("a.txt")).Message, StringComparison.Ordinal);
        DataVersionException target = await FailAsync("a.csv", "is_fraud");
        Assert.Contains("no column 'is_fraud' to learn", target.Message, StringComparison.Ordinal);
        Assert.Equal("its columns are a, b, y", target.Hint);
        Assert.Contains("no column 'c'", (await FailAsync("a.csv", options: new TableOptions { Ignore = ["c"] })).Message, StringComparison.Ordinal);
        Assert.Contains("no column 'c'", (await FailAsync("a.csv", options: new TableOptions { Categories = ["c"] })).Message, StringComparison.Ordinal);
        Assert.Contains("is the target", (await FailAsync("a.csv", options: new TableOptions { Ignore = ["y"] })).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UsageException>(() => TableFactory.OpenAsync([], "y", new TableOptions(), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("a.parquet", "PAR1 and nothing more")]
    [InlineData("a.parquet", "")]
    public async Task A_broken_file_is_named(string name, string text)
    {
        string path = _data.Write(name, text);

        Assert.StartsWith(path, (await FailAsync(name)).Message.Replace("'", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_no_gzip_are_named()
    {
        string latin = _data.Write("latin.csv", [.. "a,y\nx,0\n"u8, 0xe4, .. ",1\n"u8]);
        string zipped = _data.At("a.csv.gz");
        File.WriteAllText(zipped, "a,y\n1,0\n");

        var error = Assert.IsType<InvalidFormatException>(await FailAsync("latin.csv"));
        Assert.Equal((latin, 3, "it is not UTF-8"), (error.File, error.Line!.Value, error.Problem));
        Assert.Equal(zipped, Assert.IsType<InvalidFormatException>(await FailAsync("a.csv.gz")).File);
    }

    [Fact]
    public async Task A_table_like_another_has_its_columns()
    {
        _data.Write("train.csv", "n,w,y\n1,a,0\n2,b,1\n3,a,0\n4,a,0\n");
        using DuckTable train = await _data.OpenAsync("train.csv");
        string lacks = _data.Write("lacks.csv", "n,y\n1,0\n2,1\n");
        _data.WriteQuery("words.parquet", "SELECT 'one' AS n, 'a' AS w, 0 AS y");
        _data.WriteQuery("list.parquet", "SELECT [1] AS n, 'a' AS w, 0 AS y");

        var missing = await Assert.ThrowsAsync<InvalidFormatException>(() => _data.OpenLikeAsync("lacks.csv", train));
        Assert.Equal((lacks, "has no column 'w', which the model takes"), (missing.File, missing.Problem));
        var words = await Assert.ThrowsAsync<InvalidFormatException>(() => _data.OpenLikeAsync("words.parquet", train));
        Assert.Equal("row 1: column 'n': 'one' is no number", words.Problem);
        var list = await Assert.ThrowsAsync<InvalidFormatException>(() => _data.OpenLikeAsync("list.parquet", train));
        Assert.Equal("column 'n' is of type List, and was numbers in the training data", list.Problem);
    }

    private async Task<DataVersionException> FailAsync(string name, string target = "y", TableOptions? options = null) =>
        await Assert.ThrowsAnyAsync<DataVersionException>(() => _data.OpenAsync(name, target, options));
}
