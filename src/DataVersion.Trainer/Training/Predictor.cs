using DataVersion.Trainer.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Trainer.Training;

/// <summary>What a network says to the rows of a table.</summary>
internal sealed class Predictor(Accelerator device, TrainingGraphs graphs) : IDisposable
{
    private const int ChunkRows = 8192;

    private readonly InferenceSession _session = device.Open(graphs.Predict());
    private readonly RunOptions _run = new();

    /// <summary>Hands each part of the table on.</summary>
    /// <param name="blocks">The table.</param>
    /// <param name="parameters">The network's numbers, on the device.</param>
    /// <param name="onRows">Called with logits and labels of the next rows.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    internal async Task RunAsync(TableBlocks blocks, OrtValue parameters, Action<ReadOnlySpan<float>, ReadOnlySpan<float>> onRows, CancellationToken cancellationToken)
    {
        await foreach (RowBlock block in blocks.ReadAsync(cancellationToken))
            Run(block, parameters, onRows, cancellationToken);
    }

    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    private void Run(RowBlock block, OrtValue parameters, Action<ReadOnlySpan<float>, ReadOnlySpan<float>> onRows, CancellationToken cancellationToken)
    {
        for (int start = 0; start < block.Rows; start += ChunkRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int end = Math.Min(start + ChunkRows, block.Rows);
            using OrtIoBinding binding = _session.CreateIoBinding();
            using OrtValue startValue = Accelerator.Here(new long[] { start }.AsMemory(), 1);
            using OrtValue endValue = Accelerator.Here(new long[] { end }.AsMemory(), 1);
            binding.BindInput(GraphNames.Parameters, parameters);
            if (block.Numbers is not null)
                binding.BindInput(GraphNames.Numbers, block.Numbers);
            if (block.Codes is not null)
                binding.BindInput(GraphNames.Codes, block.Codes);
            binding.BindInput(GraphNames.Start, startValue);
            binding.BindInput(GraphNames.End, endValue);
            binding.BindOutputToDevice(GraphNames.Logits, OrtMemoryInfo.DefaultInstance);
            _session.RunWithBinding(_run, binding);
            binding.SynchronizeBoundOutputs();
            using IDisposableReadOnlyCollection<OrtValue> results = binding.GetOutputValues();
            onRows(results[0].GetTensorDataAsSpan<float>(), block.HostLabels[start..end]);
        }
    }
}
