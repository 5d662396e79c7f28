using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using DataVersion.Trainer.Onnx;
using DataVersion.Trainer.Training;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Benchmarks.Training;

/// <summary>
/// What one core of this machine can do at most (Williams, Waterman and Patterson, "Roofline: an insightful visual performance model", 2009): bytes a second by the triad of
/// STREAM, floating-point operations a second by a large matrix product of ONNX Runtime. The best of several tries.
/// </summary>
internal sealed record Roofline(double BytesPerSecond, double OperationsPerSecond)
{
    private const int Tries = 10;
    private const int Side = 1024;

    // Three arrays of 128 MiB are far from fitting into any cache.
    private const int Elements = 32 << 20;

    internal static Roofline Measure(Accelerator device) => new(Triad(), Product(device));

    /// <summary>The most steps in a second that memory allows for, and that arithmetic does.</summary>
    internal (double Memory, double Compute) StepsPerSecond(StepCost cost) => (BytesPerSecond / cost.Bytes, OperationsPerSecond / cost.Operations);

    private static double Triad()
    {
        float[] a = new float[Elements], b = new float[Elements], c = new float[Elements];
        Array.Fill(b, 1);
        Array.Fill(c, 2);
        double best = Best(() =>
        {
            Span<Vector<float>> to = MemoryMarshal.Cast<float, Vector<float>>(a.AsSpan());
            ReadOnlySpan<Vector<float>> x = MemoryMarshal.Cast<float, Vector<float>>(b), y = MemoryMarshal.Cast<float, Vector<float>>(c);
            var three = new Vector<float>(3);
            for (int i = 0; i < to.Length; i++)
                to[i] = x[i] + (three * y[i]);
        });
        return 3.0 * sizeof(float) * Elements / best;
    }

    private static double Product(Accelerator device)
    {
        var graph = new GraphBuilder("product");
        graph.Output("c", graph.MatMul(graph.Input("a", ElementType.Float, Side, Side), graph.Input("b", ElementType.Float, Side, Side)));
        using InferenceSession session = device.Open(graph.ToBytes());
        using var run = new RunOptions();
        using OrtIoBinding binding = session.CreateIoBinding();
        using OrtValue a = Square(1), b = Square(2), c = Square(0);
        binding.BindInput("a", a);
        binding.BindInput("b", b);
        binding.BindOutput("c", c);
        return 2.0 * Side * Side * Side / Best(() => session.RunWithBinding(run, binding));
    }

    private static OrtValue Square(float value)
    {
        var all = new float[Side * Side];
        Array.Fill(all, value);
        return OrtValue.CreateTensorValueFromMemory(all, [Side, Side]);
    }

    private static double Best(Action work)
    {
        work();
        double best = double.MaxValue;
        for (int i = 0; i < Tries; i++)
        {
            long began = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        return best;
    }
}
