using System.Collections;
using DataVersion.Tracking;
using DataVersion.Tracking.Preflight;
using DataVersion.Trainer.Training;

namespace DataVersion.Benchmarks.Training;

/// <summary>The trainer's step on a GPU beside the processor, at growing batch sizes: rows per second, how busy the GPU is, and from where on it is the faster one.</summary>
internal sealed class GpuBenchmark(string scratch)
{
    // As dv-train ends where there is no GPU.
    private const int NoGpu = 72;

    private const int Rounds = 5;

    // NVML counts over up to a second.
    private const double SecondsOfRound = 1.2;

    private static readonly int[][] Models = [[64, 32], [512, 256]];
    private static readonly int[] Batches = [256, 1024, 4096, 16_384, 65_536];

    internal async Task<int> RunAsync()
    {
        Dictionary<string, string> environment =
            Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "", StringComparer.Ordinal);
        GpuReport report = GpuProbe.Run(MachinePaths.Default, environment);
        if (!report.IsUsable)
            return Refuse(report.Reason, report.Hint);
        using Accelerator gpu = Accelerator.CudaOrCpu(new TrainingOptions().Threads);
        if (!gpu.IsCuda)
            return Refuse(gpu.Refusal ?? "ONNX Runtime took the processor", "publish with -p:OnnxRuntimeCuda=true (docs/gpu.md); dv doctor --gpu says more");
        using Accelerator cpu = Accelerator.Cpu(Environment.ProcessorCount);
        GpuDevice? device = report.Devices.Count == 1 ? report.Devices[0] : null;
        var utilization = new GpuUtilization(MachinePaths.Default.NvmlLibrary, device?.Uuid);
        TrainingBenchmark.Line($"{device?.Name ?? "GPU"}, driver {report.Driver.Version}; processor with {Environment.ProcessorCount} threads.\n");
        using TrainingData onGpu = await TrainingData.OpenAsync(scratch, gpu), onCpu = await TrainingData.OpenAsync(scratch, cpu);
        TrainingBenchmark.Line($"| model | batch | GPU rows/s | ms of a step | GPU busy | CPU rows/s | GPU ÷ CPU |\n|---|---|---|---|---|---|---|");
        foreach (int[] hidden in Models)
            Sweep(hidden, (gpu, onGpu), (cpu, onCpu), utilization);
        return 0;
    }

    private static void Sweep(int[] hidden, (Accelerator Device, TrainingData Data) gpu, (Accelerator Device, TrainingData Data) cpu, GpuUtilization utilization)
    {
        var network = new Network(gpu.Data.Layout, hidden);
        string name = $"{network.Layout.Width}-{string.Join('-', hidden)}-1";
        int? crossover = null;
        foreach (int batch in Batches)
        {
            var options = new TrainingOptions { Hidden = hidden, BatchSize = batch };
            (double there, double? busy) = Measure(new BoundSteps(gpu.Data, gpu.Device, network, options), utilization);
            (double here, _) = Measure(new BoundSteps(cpu.Data, cpu.Device, network, options), null);
            if (there > here)
                crossover ??= batch;
            TrainingBenchmark.Line($"| {name} | {batch:#,0} | {there:#,0} | {1000 * batch / there:0.000} | {busy:P0} | {here:#,0} | {there / here:0.00} |");
        }
        TrainingBenchmark.Line(crossover is { } from ? $"| {name} | | | | | | faster from a batch of {from:#,0} on |" : (FormattableString)$"| {name} | | | | | | never faster |");
    }

    /// <summary>Rows per second, and how busy the GPU was at the end of each round.</summary>
    private static (double RowsPerSecond, double? Busy) Measure(BoundSteps steps, GpuUtilization? utilization)
    {
        using (steps)
        {
            int count = steps.StepsFor(SecondsOfRound);
            List<double> rows = [], busy = [];
            for (int round = 0; round < Rounds; round++)
            {
                rows.Add(steps.Run(count));
                if (utilization?.Read() is { } share)
                    busy.Add(share);
            }
            return (TrainingBenchmark.Middle(rows), busy.Count == 0 ? null : TrainingBenchmark.Middle(busy));
        }
    }

    private static int Refuse(string reason, string? hint)
    {
        Console.Error.WriteLine($"no GPU can be used: {reason}");
        if (hint is not null)
            Console.Error.WriteLine($"hint: {hint}");
        return NoGpu;
    }
}
