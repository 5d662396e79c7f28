using System.Diagnostics;
using DataVersion.Trainer.Generating;
using Xunit;

namespace DataVersion.Tests.Trainer.Data;

public sealed class TableMemoryTests : IDisposable
{
    private const long MostBytes = 300_000_000;

    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Two_million_rows_are_read_in_bounded_memory()
    {
        const long Rows = 2_000_000;
        await TransactionFiles.WriteAsync(new TransactionGenerator(Rows, 1, 0.02, new DateOnly(2026, 1, 1)), Rows, _data.At("t.parquet"), false, TestContext.Current.CancellationToken);

        (string output, long peak) = await RunAsync("describe", _data.At("t.parquet"), "--target", "is_fraud", "--time");

        Assert.Contains("2000000 rows in 1 file;", output, StringComparison.Ordinal);
        Assert.Contains("read 2000000 rows in ", output, StringComparison.Ordinal);
        Assert.InRange(peak, 30_000_000, MostBytes);
    }

    private static async Task<(string Output, long Peak)> RunAsync(params string[] args)
    {
        string program = Path.Join(AppContext.BaseDirectory, "dv-train.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", ["exec", program, .. args]) { RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var clock = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        long peak = 0;
        while (!process.HasExited && await clock.WaitForNextTickAsync(TestContext.Current.CancellationToken))
        {
            process.Refresh();
            peak = Math.Max(peak, process.HasExited ? 0 : process.PeakWorkingSet64);
        }
        Assert.Equal(0, process.ExitCode);
        return (await output, peak);
    }
}
