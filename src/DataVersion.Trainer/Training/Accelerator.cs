using System.Numerics;
using DataVersion.Trainer.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Trainer.Training;

/// <summary>
/// Where graphs run and tensors lie: a GPU, or the memory of this process. A tensor on a GPU is moved by a graph that does nothing, whose input is bound on one side and its
/// output on the other.
/// </summary>
internal sealed class Accelerator : IDisposable
{
    private readonly int _threads;
    private readonly Dictionary<(ElementType, int), InferenceSession> _movers = [];
    private readonly OrtMemoryInfo? _memory;

    private Accelerator(int threads, bool isCuda, string? refusal, bool isApart)
    {
        _threads = threads;
        IsCuda = isCuda;
        Refusal = refusal;
        _memory = isCuda ? new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, 0, OrtMemType.Default)
            : isApart ? OrtMemoryInfo.DefaultInstance
            : null;
    }

    /// <summary>True where a GPU is used.</summary>
    internal bool IsCuda { get; }

    /// <summary>Why ONNX Runtime refused the GPU that was asked for; null where it was not asked, or took it.</summary>
    internal string? Refusal { get; }

    /// <summary><c>CUDA</c> or <c>CPU</c>.</summary>
    internal string Provider => IsCuda ? "CUDA" : "CPU";

    /// <summary>The processor.</summary>
    internal static Accelerator Cpu(int threads) => new(threads, isCuda: false, refusal: null, isApart: false);

    /// <summary>The processor, treated as if its tensors lay elsewhere: tests the way to a GPU without one.</summary>
    internal static Accelerator CpuApart() => new(threads: 1, isCuda: false, refusal: null, isApart: true);

    /// <summary>The GPU where ONNX Runtime can use it, else the processor.</summary>
    internal static Accelerator CudaOrCpu(int threads)
    {
        try
        {
            // Whether the provider's libraries load shows when it is appended, whether there is a device when a session begins.
            using SessionOptions options = Options(threads, isCuda: true, OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            var graph = new GraphBuilder("try");
            graph.Output("y", graph.Relu(graph.Input("x", ElementType.Float, 1)));
            using var session = new InferenceSession(graph.ToBytes(), options);
            return new Accelerator(threads, isCuda: true, refusal: null, isApart: false);
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            return new Accelerator(threads, isCuda: false, FirstLine(e.Message), isApart: false);
        }
    }

    /// <summary>Gets a graph ready to run.</summary>
    internal InferenceSession Open(byte[] model)
    {
        using SessionOptions options = Options(_threads, IsCuda, OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        return new InferenceSession(model, options);
    }

    /// <summary>A tensor on the device. In this process's memory it is the array itself, which is not to be changed while the tensor is used.</summary>
    internal OrtValue Place<T>(Memory<T> data, ElementType type, params long[] shape) where T : unmanaged
    {
        OrtValue here = Here(data, shape);
        if (_memory is null)
            return here;
        using (here)
            return Move(here, type, shape.Length, _memory);
    }

    /// <summary>A tensor over an array of this process, wherever the device is.</summary>
    internal static OrtValue Here<T>(Memory<T> data, params long[] shape) where T : unmanaged =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, data, shape);

    /// <summary>Binds a result so that it stays on the device, where it is made.</summary>
    internal void BindOutput(OrtIoBinding binding, string name) => binding.BindOutputToDevice(name, _memory ?? OrtMemoryInfo.DefaultInstance);

    /// <summary>Copies a tensor from the device.</summary>
    internal T[] Fetch<T>(OrtValue value, ElementType type) where T : unmanaged, INumber<T>
    {
        if (_memory is null)
            return value.GetTensorDataAsSpan<T>().ToArray();
        using OrtValue here = Move(value, type, (int)value.GetTensorTypeAndShape().DimensionsCount, OrtMemoryInfo.DefaultInstance);
        return here.GetTensorDataAsSpan<T>().ToArray();
    }

    public void Dispose()
    {
        foreach (InferenceSession mover in _movers.Values)
            mover.Dispose();
        // That of this process is ONNX Runtime's own.
        if (IsCuda)
            _memory?.Dispose();
    }

    private OrtValue Move(OrtValue value, ElementType type, int rank, OrtMemoryInfo to)
    {
        if (!_movers.TryGetValue((type, rank), out InferenceSession? mover))
        {
            var graph = new GraphBuilder("move");
            graph.Output("to", graph.Identity(graph.Input("from", type, [.. Enumerable.Range(0, rank).Select(i => new Dimension(1, $"d{i}"))])));
            mover = _movers[(type, rank)] = Open(graph.ToBytes());
        }
        using var run = new RunOptions();
        using OrtIoBinding binding = mover.CreateIoBinding();
        binding.BindInput("from", value);
        binding.BindOutputToDevice("to", to);
        mover.RunWithBinding(run, binding);
        binding.SynchronizeBoundOutputs();
        return binding.GetOutputValues().Single();
    }

    private static SessionOptions Options(int threads, bool isCuda, OrtLoggingLevel level)
    {
        var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, LogSeverityLevel = level };
        if (isCuda)
            options.AppendExecutionProvider_CUDA(0);
        return options;
    }

    private static string FirstLine(string message) => message.Split('\n')[0].Trim();
}
