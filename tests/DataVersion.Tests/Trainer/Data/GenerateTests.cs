using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data;
using DataVersion.Trainer.Generating;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Trainer.Data;

public sealed class GenerateTests : IDisposable
{
    private static readonly DateOnly Start = new(2026, 1, 1);

    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void The_same_seed_gives_the_bytes_that_it_always_gave()
    {
        byte[] csv = Csv(new TransactionGenerator(10_000, 42, 0.02, Start), 0, 10_000);

        Assert.Equal("0b6b60136c53d8a69d4f0752a7b385648a13c9634a6444686ea5cbc5fd554e14", Convert.ToHexStringLower(SHA256.HashData(csv)));
        Assert.NotEqual(csv, Csv(new TransactionGenerator(10_000, 43, 0.02, Start), 0, 10_000));
    }

    [Fact]
    public async Task Both_formats_hold_the_same_rows()
    {
        await WriteAsync("t.csv", 20_000);
        await WriteAsync("t.parquet", 20_000);

        using DuckTable csv = await _data.OpenAsync("t.csv", "is_fraud");
        using DuckTable parquet = await _data.OpenAsync("t.parquet", "is_fraud");
        TableBatch one = await csv.ReadAllAsync();
        TableBatch other = await parquet.ReadAllAsync();

        Assert.Equal(["timestamp"], csv.NamesOf(SignatureType.Time));
        Assert.Equal(["amount", "hour", "customer_age", "account_days", "is_foreign", "n_last_24h"], csv.NamesOf(SignatureType.Number));
        Assert.Equal(["merchant_category", "country", "device"], csv.NamesOf(SignatureType.Category));
        Assert.Equal(one.Numbers, other.Numbers);
        Assert.Equal(one.Categories, other.Categories);
        Assert.Equal(one.Labels, other.Labels);
        Assert.Equal(csv.Describe(), parquet.Describe());
        Assert.All((string[])["customer_age", "n_last_24h", "device"], n => Assert.NotEqual(0, csv.Inputs.Single(i => i.Name == n).Statistics.Missing));
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.2)]
    public void Frauds_are_as_frequent_as_wanted_and_can_be_told_well_but_not_wholly(double rate)
    {
        const int Rows = 100_000;
        var generator = new TransactionGenerator(Rows, 1, rate, Start);
        (double Probability, bool IsFraud)[] rows = [.. Enumerable.Range(0, Rows).Select(i => (generator.ProbabilityOf(i), generator.Make(i).IsFraud)).OrderBy(r => r.Item1)];

        Assert.InRange(rows.Count(r => r.IsFraud) / (double)Rows, rate * 0.9, rate * 1.1);
        // The area under the curve, by ranks, of the best model there can be.
        double positives = rows.Count(r => r.IsFraud);
        double ranks = rows.Select((r, i) => r.IsFraud ? i + 1.0 : 0).Sum();
        Assert.InRange((ranks - (positives * (positives + 1) / 2)) / (positives * (Rows - positives)), rate < 0.1 ? 0.94 : 0.88, 0.97);
    }

    [Fact]
    public void Each_row_depends_on_its_number_alone()
    {
        var generator = new TransactionGenerator(1_000_000, 9, 0.02, Start);
        Transaction last = generator.Make(999_999);

        Assert.Equal(last, new TransactionGenerator(1_000_000, 9, 0.02, Start).Make(999_999));
        Assert.InRange(DateTime.UnixEpoch.AddSeconds(last.Time), new DateTime(2026, 3, 31), new DateTime(2026, 4, 1));
        Assert.Equal(1767225600, new TransactionGenerator(1_000_000, 9, 0.02, Start).Make(0).Time, 90.0);
    }

    [Fact]
    public void What_is_written_as_csv_is_read_back()
    {
        Prop.ForAll(Gen.Zip(Gen.Choose(0, int.MaxValue), Gen.Choose(1, 1_000_000_000)).ToArbitrary(), pair =>
        {
            var generator = new TransactionGenerator(2_000_000_000, (ulong)pair.Item1, 0.3, Start);
            Transaction made = generator.Make(pair.Item2);
            string[] lines = Encoding.UTF8.GetString(Csv(generator, pair.Item2, 1)).Split('\n');
            List<string> fields = CsvFile.SplitRecord(lines[1], ',');
            return lines.Length == 3 && Parse(CsvFile.SplitRecord(lines[0], ',').Zip(fields).ToDictionary()) == made;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20));
    }

    [Fact]
    public void Functions_are_as_good_as_those_of_the_machine()
    {
        Prop.ForAll(Gen.Choose(-600_000, 600_000).ToArbitrary(), n =>
        {
            double x = n / 1000.0;
            double positive = Math.Exp(x / 10);
            return Math.Abs((PortableMath.Exp(x) / Math.Exp(x)) - 1) < 1e-12 && Math.Abs(PortableMath.Log(positive) - (x / 10)) < 1e-12 * Math.Max(1, Math.Abs(x));
        }).QuickCheckThrowOnFailure();
        Assert.Equal(-1.959963985, PortableMath.NormalQuantile(0.025), 1e-7);
        Assert.Equal(-2.326347874, PortableMath.NormalQuantile(0.01), 1e-7);
        Assert.Equal(3.090232306, PortableMath.NormalQuantile(0.999), 1e-7);
        Assert.Equal(0, PortableMath.NormalQuantile(0.5), 1e-12);
    }

    [Fact]
    public async Task A_folder_gets_parts_that_together_are_the_rows()
    {
        const long Rows = TransactionFiles.PartRows + 1000;
        var generator = new TransactionGenerator(Rows, 1, 0.02, Start);

        IReadOnlyList<string> files = await TransactionFiles.WriteAsync(generator, Rows, _data.At("d"), false, TestContext.Current.CancellationToken);

        Assert.Equal(["part-00000.parquet", "part-00001.parquet"], Directory.GetFiles(_data.At("d")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(2, files.Count);
        using DuckTable last = await _data.OpenAsync("d/part-00001.parquet", "is_fraud");
        Assert.Equal(1000, last.Rows);
        Assert.Equal((float)generator.Make(TransactionFiles.PartRows).Time, (await last.ReadAllAsync()).Numbers[0]);
    }

    [Fact]
    public async Task A_file_is_there_whole_or_not_at_all()
    {
        using var stop = new CancellationTokenSource();
        var generator = new TransactionGenerator(100_000_000, 1, 0.02, Start);
        foreach (string name in (string[])["t.csv", "t.parquet", "d"])
        {
            Task writing = TransactionFiles.WriteAsync(generator, 100_000_000, _data.At(name), false, stop.Token);
            if (name == "d")
                await stop.CancelAsync();
            else
                stop.CancelAfter(TimeSpan.FromMilliseconds(200));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        }
        Assert.Empty(Directory.GetFiles(_data.Path, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("--rows 0 --out t.csv", "--rows is at least 1")]
    [InlineData("--rows 5 --out t.csv --fraud-rate 1", "--fraud-rate is above 0 and below 1")]
    [InlineData("--rows 5 --out t.csv --start 2026-02-30", "'2026-02-30' is no day")]
    [InlineData("--out t.csv", "--rows")]
    public void Wrong_options_are_said_to_be(string args, string problem) =>
        Assert.Contains(Command().Parse($"generate {args}").Errors, e => e.Message.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public async Task The_command_writes_and_says_what()
    {
        string path = _data.At("sub/t.csv");
        using var output = new StringWriter();
        int code = await Command().Parse(["generate", "--rows", "1000", "--seed", "42", "--start", "2025-06-01", "--fraud-rate", "0.1", "--out", path])
            .InvokeAsync(new InvocationConfiguration { Output = output }, TestContext.Current.CancellationToken);

        Assert.Equal((0, $"{path}: 1000 rows, {new FileInfo(path).Length} bytes"), (code, output.ToString().TrimEnd()));
        string[] lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(1001, lines.Length);
        Assert.StartsWith("T000000001,2025-06-01 0", lines[1], StringComparison.Ordinal);
        await Assert.ThrowsAsync<UsageException>(() => WriteAsync("sub/t.csv", 10));
        await Assert.ThrowsAsync<UsageException>(() => WriteAsync("sub", 10));
        await Assert.ThrowsAsync<UsageException>(() => WriteAsync("t.xlsx", 10));
        await TransactionFiles.WriteAsync(new TransactionGenerator(10, 1, 0.5, Start), 10, path, true, TestContext.Current.CancellationToken);
        Assert.Equal(11, File.ReadLines(path).Count());
    }

    private static RootCommand Command() => [new GenerateCommand()];

    private Task<IReadOnlyList<string>> WriteAsync(string name, long rows) =>
        TransactionFiles.WriteAsync(new TransactionGenerator(rows, 7, 0.05, Start), rows, _data.At(name), false, TestContext.Current.CancellationToken);

    private static byte[] Csv(TransactionGenerator generator, long first, long rows)
    {
        using var bytes = new MemoryStream();
        TransactionCsv.Write(bytes, generator, first, rows, TestContext.Current.CancellationToken);
        return bytes.ToArray();
    }

    private static Transaction Parse(Dictionary<string, string> fields)
    {
        int? Optional(string name) => fields[name].Length == 0 ? null : int.Parse(fields[name], CultureInfo.InvariantCulture);
        int Word(IEnumerable<string> words, string name) => words.ToList().IndexOf(fields[name]);
        return new Transaction
        {
            Id = long.Parse(fields["transaction_id"][1..], CultureInfo.InvariantCulture),
            Time = (long)(DateTime.ParseExact(fields["timestamp"], "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) - DateTime.UnixEpoch).TotalSeconds,
            AmountCents = (long)(decimal.Parse(fields["amount"], CultureInfo.InvariantCulture) * 100),
            MerchantCategory = Word(TransactionWords.MerchantCategories.Select(c => c.Name), "merchant_category"),
            Hour = Optional("hour")!.Value,
            Country = Word(TransactionWords.Countries.Select(c => c.Name), "country"),
            Device = fields["device"].Length == 0 ? null : Word(TransactionWords.Devices.Select(d => d.Name), "device"),
            CustomerAge = Optional("customer_age"),
            AccountDays = Optional("account_days")!.Value,
            IsForeign = bool.Parse(fields["is_foreign"]),
            CountLast24Hours = Optional("n_last_24h"),
            IsFraud = fields["is_fraud"] == "1",
        };
    }
}
