using DataVersion.Trainer.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Tests.Trainer;

/// <summary>Runs a graph once on ONNX Runtime.</summary>
internal static class GraphRunner
{
    internal static float[] Run(GraphBuilder graph, params (string Name, OrtValue Value)[] inputs) => Run(graph.ToBytes(), inputs)[0];

    /// <summary>All results as floats, in the graph's order.</summary>
    internal static IReadOnlyList<float[]> Run(byte[] model, params (string Name, OrtValue Value)[] inputs)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(model, options);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, inputs.ToDictionary(i => i.Name, i => i.Value), session.OutputNames);
        float[][] floats = [.. results.Select(Floats)];
        foreach ((_, OrtValue value) in inputs)
            value.Dispose();
        return floats;
    }

    internal static OrtValue Floats(float[] data, params long[] shape) => OrtValue.CreateTensorValueFromMemory(data, shape);

    internal static OrtValue Integers(long[] data, params long[] shape) => OrtValue.CreateTensorValueFromMemory(data, shape);

    internal static OrtValue Words(string[] words, params long[] shape)
    {
        OrtValue value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (int i = 0; i < words.Length; i++)
            value.StringTensorSetElementAt(words[i].AsSpan(), i);
        return value;
    }

    private static float[] Floats(OrtValue value) => (int)value.GetTensorTypeAndShape().ElementDataType switch
    {
        (int)ElementType.Float => value.GetTensorDataAsSpan<float>().ToArray(),
        (int)ElementType.Double => Array.ConvertAll(value.GetTensorDataAsSpan<double>().ToArray(), d => (float)d),
        (int)ElementType.Int64 => Array.ConvertAll(value.GetTensorDataAsSpan<long>().ToArray(), d => (float)d),
        (int)ElementType.Bool => Array.ConvertAll(value.GetTensorDataAsSpan<bool>().ToArray(), b => b ? 1f : 0),
        _ => throw new InvalidOperationException("another type"),
    };
}
