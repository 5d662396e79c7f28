using System.Globalization;
using System.Text.RegularExpressions;
using DataVersion.Trainer.Training;

namespace DataVersion.Benchmarks.Training;

/// <summary>The trainer (docs/training.md): rows per second of its step on the processor, beside plain runs of the same graph and the machine's bounds; the memory of a long epoch.</summary>
internal sealed partial class TrainingBenchmark(string scratch, string program)
{
    private const int Rounds = 9;
    private const double SecondsOfRound = 0.25;

    private static readonly int[][] Models = [[64, 32], [512, 256]];
    private static readonly int[] Batches = [256, 512, 1024, 4096, 16_384];

    internal async Task RunAsync(long epochRows)
    {
        await StepsAsync();
        if (epochRows > 0)
            Epoch(epochRows);
    }

    private async Task StepsAsync()
    {
        using Accelerator device = Accelerator.Cpu(new TrainingOptions().Threads);
        using TrainingData data = await TrainingData.OpenAsync(scratch, device);
        Roofline machine = Roofline.Measure(device);
        Line($"One thread. Memory: {machine.BytesPerSecond / 1e9:0.0} GB/s (triad); matrix products: {machine.OperationsPerSecond / 1e9:0} GFLOP/s.\n");
        Line($"| model | batch | of a step | memory-bound rows/s | compute-bound rows/s | rows/s | of the lower bound | plain `Run` | gain |\n|---|---|---|---|---|---|---|---|---|");
        foreach (int[] hidden in Models)
        {
            var network = new Network(data.Layout, hidden);
            foreach (int batch in Batches)
                Compare(data, device, network, new TrainingOptions { Hidden = hidden, BatchSize = batch }, machine);
        }
    }

    // In turn, in short rounds: whatever else the machine does hits both.
    private static void Compare(TrainingData data, Accelerator device, Network network, TrainingOptions options, Roofline machine)
    {
        using var bound = new BoundSteps(data, device, network, options);
        using var plain = new PlainSteps(data, device, network, options);
        int steps = bound.StepsFor(SecondsOfRound);
        plain.Run(3);
        List<double> first = [], second = [];
        for (int round = 0; round < Rounds; round++)
        {
            first.Add(bound.Run(steps));
            second.Add(plain.Run(steps));
        }
        var cost = StepCost.Of(new TrainingGraphs(network, options, 1, 1).StepGraph(), options.BatchSize);
        (double memory, double compute) = machine.StepsPerSecond(cost);
        (memory, compute) = (memory * options.BatchSize, compute * options.BatchSize);
        double rows = Middle(first), gain = Middle(first.Zip(second, (a, b) => a / b));
        Line($"| {data.Layout.Width}-{string.Join('-', options.Hidden)}-1 | {options.BatchSize:#,0} | {cost.Bytes / 1e6:0.0} MB, {cost.Operations / 1e6:#,0} MFLOP | {memory:#,0} | {compute:#,0} | {rows:#,0} | {rows / Math.Min(memory, compute):P0} | {Middle(second):#,0} | {gain:0.00} |");
    }

    private void Epoch(long rows)
    {
        string data = Path.Combine(scratch, "long");
        string count = rows.ToString(CultureInfo.InvariantCulture);
        Measured made = Measured.Run(scratch, program, "generate", "--rows", count, "--seed", "1", "--out", data);
        long bytes = Directory.EnumerateFiles(data).Sum(f => new FileInfo(f).Length);
        (Measured trained, string output) = Measured.RunWithOutput(
            scratch, program, "--data", data, "--target", "is_fraud", "--epochs", "1", "--batch-size", "4096", "--out", Path.Combine(scratch, "model"));
        Line($"\n| work | time | peak memory |\n|---|---|---|");
        Line($"| generate {rows:#,0} rows, {bytes / 1e6:0} MB of Parquet | {made.Seconds:0.0} s | {made.PeakMiB:0} MiB |");
        Line($"| learn from them for one epoch, in batches of 4,096 ({Speed().Match(output).Groups[1].Value} rows/s in the epoch itself) | {trained.Seconds:0.0} s | {trained.PeakMiB:0} MiB |");
    }

    internal static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    internal static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex("([0-9,]+) rows/s")]
    private static partial Regex Speed();
}
